# SPDX-License-Identifier: Apache-2.0
# What the lints written in Perl share: the files of the tree and C's tokens.
use strict;
use warnings;

my $findings = 0;

sub found
{
	print "@_\n";
	$findings++;
}

sub finish
{
	exit($findings ? 1 : 0);
}

# c_files(DIR...): paths of the .c, .h and .def files below
sub c_files
{
	my @list;
	for my $dir (grep { -d } @_) {
		push @list, split /\n/, `find $dir -name '*.[ch]' -o -name '*.def'`;
	}
	return sort @list;
}

sub slurp
{
	my ($path) = @_;
	open my $f, '<', $path or die "$path: $!\n";
	local $/;
	my $text = <$f>;
	return defined $text ? $text : '';
}

# literals(PATH): [line, text] of each string literal, adjacent ones joined. Include
# lines and comments are left out.
sub literals
{
	my ($path) = @_;
	my $text = slurp($path);
	my ($line, $last_end, @list) = (1, 0);
	while ($text =~ m{\G(?:
			(?<nl>\n)
			| (?<include>^\#[ \t]*include[^\n]*)
			| (?<comment>/\*.*?\*/|//[^\n]*)
			| '(?:[^'\\\n]|\\.)*'
			| "(?<str>(?:[^"\\\n]|\\.)*)"
			| (?<space>[ \t\r]+)
			| (?<other>.))}xmsg) {
		my $all = $&;
		if (defined $+{str}) {
			if ($last_end) {
				$list[-1][1] .= $+{str};
			} else {
				push @list, [$line, $+{str}];
			}
			$last_end = 1;
		} elsif (defined $+{other} || defined $+{include}) {
			$last_end = 0;
		}
		$line += () = $all =~ /\n/g;
	}
	return @list;
}

# comments(PATH): [line, text] of each comment of a C file; of a shell file, each line of one
sub comments
{
	my ($path) = @_;
	my $text = slurp($path);
	my ($n, @list) = (0);
	if ($path !~ /\.(?:[ch]|def)$/) {
		for (split /\n/, $text) {
			$n++;
			push @list, [$n, $1] if /^\s*#(.*)/;
		}
		return @list;
	}
	while ($text =~ m{"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*'|(/\*.*?\*/|//[^\n]*)}sg) {
		next if !defined $1;
		my ($comment, $before) = ($1, substr($text, 0, $-[1]));
		push @list, [1 + ($before =~ tr/\n//), $comment];
	}
	return @list;
}

# tracked(): the files of the repository, or those that came in the tarball
sub tracked
{
	my @list = split /\n/, -e '.git' ? `git ls-files` : slurp('build-aux/MANIFEST');
	# git refuses to look into somebody else's folder.
	return @list ? @list : map { s{^\./}{}r } split /\n/,
		`find . \\( -name .git -o -name 'build*' -path './build*' ! -name build-aux \\) -prune -o -type f -print`;
}

# titles(PATH): those of a bats file
my %titles;
sub titles
{
	my ($path) = @_;
	$titles{$path} //= -f $path ? [slurp($path) =~ /^\@test "((?:[^"\\]|\\.)*)"/mg] : [];
	return @{$titles{$path}};
}

# Is there a cmocka test of that name? Some files make two of one by a macro of their own.
sub unit_test
{
	my ($path, $name) = @_;
	return 0 if !-f $path;
	my $text = slurp($path);
	my $short = $name =~ s/^test_//r;
	return $text =~ /\b(?:cmocka_unit_test\w*|CASE)\($name\b/ || $text =~ /^(?:BOTH|ONE)\($short\)/m;
}

# test_exists("system/FILE: how its title begins") or ("unit/FOLDER/FILE: NAME")
sub test_exists
{
	my ($test) = @_;
	if ($test =~ m{^((?:system|attack|engines)/[\w-]+): (.+)$}) {
		my ($file, $begin) = ($1, $2);
		return scalar grep { index($_, $begin) == 0 } titles("tests/$file.bats");
	}
	return $test =~ m{^(unit/\w+/\w+): (\w+)$} && unit_test("tests/$1.c", $2);
}

# allowed(FILE): set of "path<tab>text" lines
sub allowed
{
	my ($path) = @_;
	my %set;
	return %set if !-e $path;
	for (split /\n/, slurp($path)) {
		$set{$_} = 0 if /\S/ && !/^#/;
	}
	return %set;
}

1;
