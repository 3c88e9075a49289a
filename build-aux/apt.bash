# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# Debian packages of another suite or architecture, or as sources: apt with a state of its own,
# which leaves the machine's sources and its dpkg alone.

# apt_mirror: DAVIT_MIRROR, by which an offline machine names one of its own, or what the machine's
# apt uses.
apt_mirror() {
	local mirror=${DAVIT_MIRROR-}
	[ -n "$mirror" ] ||
		mirror=$(apt-get indextargets --format '$(REPO_URI)' 'Identifier: Packages' |
			awk '/\/debian\/?$/ && !n++')
	if [ -z "$mirror" ]; then
		echo "apt knows no mirror of Debian: set DAVIT_MIRROR" >&2
		return 1
	fi
	printf '%s\n' "$mirror"
}

# apt_state DIR TYPE SUITE [SETTING...]: make the state in DIR, with one source (TYPE is deb or
# deb-src) whose lists are read; settings are lines of apt.conf. `APT_CONFIG=DIR/conf apt-get ...`
# uses it.
apt_state() {
	local dir=$1 type=$2 suite=$3 mirror keys=/usr/share/keyrings/debian-archive-keyring.gpg
	shift 3
	mirror=$(apt_mirror) || return
	rm -rf "$dir"
	mkdir -p "$dir/lists/partial" "$dir/archives/partial" "$dir/none"
	: >"$dir/status"
	echo "$type [signed-by=$keys] $mirror $suite main" >"$dir/list"
	cat >"$dir/conf" <<E
Dir::State "$dir";
Dir::State::status "$dir/status";
Dir::State::lists "$dir/lists";
Dir::Cache "$dir";
Dir::Etc::sourcelist "$dir/list";
Dir::Etc::sourceparts "$dir/none";
Dir::Etc::preferencesparts "$dir/none";
APT::Sandbox::User "root";
E
	[ $# = 0 ] || printf '%s\n' "$@" >>"$dir/conf"
	APT_CONFIG=$dir/conf apt-get -qq update >&2
}
