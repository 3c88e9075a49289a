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
