# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# What tests/vm/lane boots: kernels and root file systems from Debian packages, made once
# and kept in the cache. One process at a time prepares.

# shellcheck source=build-aux/apt.bash
source "$here/../../build-aux/apt.bash"

vm_cache=${DAVIT_CACHE:-${HOME:-/root}/.cache/davit}/vm
guest_packages=systemd,systemd-sysv,dbus,dbus-user-session,libpam-systemd,passwd,login,uidmap,kmod,iproute2,procps,util-linux,mount,jq,strace,busybox-static,apparmor,bats,perl-base,libseccomp2,libyajl2,libcap2,libmnl0,gawk,file,python3

selinux_packages=selinux-policy-default,policycoreutils,selinux-utils,keyutils,attr

mkdir -p "$vm_cache"
vm_cache=$(cd "$vm_cache" && pwd)
exec 9>"$vm_cache/lock"
flock 9
prepare_done() {
	flock -u 9
	exec 9>&-
}

need() {
	local c
	for c; do command -v "$c" >/dev/null || die "no $c here: install mmdebstrap e2fsprogs kmod cpio busybox-static patchelf xz-utils zstd"; done
}

# apt_of SUITE COMMAND...: apt with a state of its own
apt_of() {
	local dir=$vm_cache/apt-$1 suite=$1
	shift
	if [ ! -e "$dir/.done" ]; then
		apt_state "$dir" deb "$suite" || die "cannot read the package lists of $suite"
		touch "$dir/.done"
	fi
	APT_CONFIG=$dir/conf "$@"
}

# unpack SUITE DIR PACKAGE...: download packages and unpack them below DIR
unpack() {
	local suite=$1 dir=$2 tmp f
	shift 2
	tmp=$(mktemp -d -p "$vm_cache")
	mkdir -p "$dir"
	(cd "$tmp" && apt_of "$suite" apt-get -qq download "$@" >&2)
	for f in "$tmp"/*.deb; do dpkg -x "$f" "$dir"; done
	rm -rf "$tmp"
}

# A file system with DIR's files and MB to spare
image_of() { # DIR IMAGE MB
	local size
	size=$(du -sm "$1" | cut -f1)
	mke2fs -q -t ext4 -O ^has_journal -d "$1" "$2" $((size * 5 / 4 + $3))M
}

uml_kernel() { # SUITE SCRATCH
	local libc
	unpack "$1" "$2" user-mode-linux
	cp "$2/usr/bin/linux.uml" "$KERNEL/vmlinuz"
	if ! "$KERNEL/vmlinuz" --version >/dev/null 2>&1; then
		# Built against a newer libc than this machine's: it gets that one.
		need patchelf
		unpack "$1" "$KERNEL/libc" libc6
		libc=$(dirname "$(find "$KERNEL/libc" -name libc.so.6 | head -1)")
		patchelf --set-interpreter "$libc/ld-linux-x86-64.so.2" --set-rpath "$libc" "$KERNEL/vmlinuz"
		"$KERNEL/vmlinuz" --version >/dev/null
	fi
	mkdir -p "$2/lib"
	mv "$2/usr/lib/uml/modules" "$2/lib/"
}

# prepare_qemu: 8.1 or newer, because guests with two processors panic under 7.2; bookworm has it
# in its backports, which are asked without becoming a source of this machine.
prepare_qemu() {
	local major=0 minor=0 dir=$vm_cache/apt-backports suite
	[ -z "${DAVIT_QEMU-}" ] || return 0
	read -r major minor < <(qemu-system-x86_64 --version 2>/dev/null |
		sed -n '1s/.*version \([0-9]*\)\.\([0-9]*\).*/\1 \2/p') || :
	[ $((major * 100 + minor)) -lt 801 ] || return 0
	echo "lane: installing qemu" >&2
	suite=$(. /etc/os-release && echo "${VERSION_CODENAME:-sid}")
	if [ "$suite" != bookworm ]; then
		DEBIAN_FRONTEND=noninteractive apt-get -qq install -y --no-install-recommends qemu-system-x86 >&2
		return
	fi
	mkdir -p "$dir/lists/partial"
	for suite in bookworm bookworm-backports; do
		echo "deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] $(apt_mirror) $suite main"
	done >"$dir/list"
	set -- -o "Dir::Etc::sourcelist=$dir/list" -o Dir::Etc::sourceparts=/dev/null -o "Dir::State::lists=$dir/lists"
	apt-get -qq "$@" update >&2
	DEBIAN_FRONTEND=noninteractive apt-get -qq "$@" install -y --no-install-recommends \
		-t bookworm-backports qemu-system-x86 >&2
}

qemu_kernel() { # SUITE SCRATCH
	local names name extra
	name=$(apt_of "$1" apt-cache depends linux-image-amd64 |
		sed -n 's/.*Depends: \(linux-image-[0-9].*\)/\1/p' | head -1)
	names=("$name")
	# Newer kernels are split over several packages.
	for extra in linux-base linux-binary linux-modules; do
		extra=$extra-${name#linux-image-}
		[ -z "$(apt_of "$1" apt-cache pkgnames "$extra")" ] || names+=("$extra")
	done
	unpack "$1" "$2" "${names[@]}"
	cp "$(find "$2" -name 'vmlinuz*' | head -1)" "$KERNEL/vmlinuz"
	[ -d "$2/lib/modules" ] || { mkdir -p "$2/lib"; mv "$2/usr/lib/modules" "$2/lib/"; }
}

# Modules that neither containers nor the lane can need are left out.
trim_modules() {
	local v
	for v in "$1"/lib/modules/*; do
		[ -d "$v" ] || continue
		find "$v/kernel" -type f \( -path '*/sound/*' -o -path '*/drivers/net/*/*' -o -path '*/drivers/*' \
			! -path '*/virtio/*' ! -path '*/block/*' ! -path '*/drivers/net/*.ko*' ! -name 'virtio*' \) -delete
		depmod -b "$1" "${v##*/}"
	done
}

initrd() { # SCRATCH: busybox and what mounts the root disk
	local dir=$1/initrd version m f b
	mkdir -p "$dir"/{bin,proc,sys,dev,newroot,m}
	cp "$(command -v busybox)" "$dir/bin/"
	version=$(ls "$1/lib/modules")
	for m in virtio_pci virtio_blk virtio_console crc32c_generic ext4 9p 9pnet_virtio overlay; do
		modprobe -S "$version" -d "$1" --show-depends $m 2>/dev/null | awk '$1 == "insmod" { print $2 }' || :
	done | awk '!seen[$0]++' | while read -r f; do
		b=${f##*/}
		cp "$f" "$dir/m/$b"
		case $b in
		*.xz) xz -d "$dir/m/$b"; b=${b%.xz} ;;
		*.zst) zstd -dq --rm "$dir/m/$b"; b=${b%.zst} ;;
		esac
		echo "$b"
	done >"$dir/order"
	cp "$here/guest-initrd" "$dir/init"
	chmod 755 "$dir/init"
	(cd "$dir" && find . | cpio -o -H newc --quiet) >"$KERNEL/initrd"
}

prepare_kernel() { # VM SUITE: sets KERNEL
	KERNEL=$vm_cache/kernel-$1-$2
	local scratch=$KERNEL.new
	[ ! -e "$KERNEL/.done" ] || return 0
	case $1 in uml | qemu) ;; *) die "--vm $1" ;; esac
	need mke2fs depmod
	echo "lane: fetching the $2 kernel for $1" >&2
	rm -rf "$KERNEL" "$scratch"
	mkdir -p "$KERNEL" "$scratch"
	"$1_kernel" "$2" "$scratch"
	trim_modules "$scratch"
	[ "$1" != qemu ] || { need cpio busybox xz zstd; initrd "$scratch"; }
	mkdir -p "$scratch/lib/modules"
	image_of "$scratch/lib/modules" "$KERNEL/modules.img" 16
	rm -rf "$scratch"
	touch "$KERNEL/.done"
}

# Units that a test machine has no use for, or that would slow its boot
masked_units='systemd-update-utmp.service systemd-random-seed.service systemd-hwdb-update.service
systemd-journal-flush.service systemd-machine-id-commit.service systemd-firstboot.service
ldconfig.service systemd-sysusers.service systemd-networkd.service systemd-resolved.service
systemd-timesyncd.service systemd-modules-load.service dev-hugepages.mount
sys-kernel-debug.mount sys-kernel-tracing.mount sys-kernel-config.mount
proc-sys-fs-binfmt_misc.automount apparmor.service'

# A policy, and the files with its labels: setfiles writes them on a host without SELinux too.
label_root() { # ROOT
	sed -i 's/^SELINUX=.*/SELINUX=permissive/' "$1/etc/selinux/config"
	cp "$here/selinux.cil" "$1/root/lane.cil"
	# -n: the policy is only built, this kernel has no use for it.
	chroot "$1" semodule -n -i /root/lane.cil
	chroot "$1" setfiles -F /etc/selinux/default/contexts/files/file_contexts /
	chroot "$1" getfattr -h --only-values -n security.selinux /bin/busybox | grep -q :bin_t: ||
		die "this file system does not keep SELinux labels"
}

prepare_root() { # SUITE LSM: sets IMAGE
	local root=$vm_cache/root.new unit units name=root-$1 packages=$guest_packages
	if [ "$2" = selinux ]; then
		name=root-selinux-$1
		packages+=,$selinux_packages
	fi
	IMAGE=$vm_cache/$name-$(cat "$here/prepare.bash" "$here"/guest-* "$here/selinux.cil" | sha256sum | cut -c1-12).img
	[ ! -e "$IMAGE" ] || return 0
	need mmdebstrap mke2fs
	echo "lane: making the $name file system" >&2
	rm -rf "$root" "$vm_cache/$name"-*.img
	unshare --mount mmdebstrap -q --variant=minbase --include="$packages" \
		--dpkgopt='path-exclude=/usr/share/doc/*' --dpkgopt='path-exclude=/usr/share/man/*' \
		--dpkgopt='path-exclude=/usr/share/locale/*' "$1" "$root" "$(apt_mirror)" >&2
	mkdir -p "$root/lane/ctl" "$root/lane/out" "$root/lib/modules"
	: >"$root/etc/machine-id"
	echo lane >"$root/etc/hostname"
	echo '127.0.0.1 localhost lane' >"$root/etc/hosts"
	install -m 755 "$here/guest-run" "$root/sbin/lane-run"
	install -m 755 "$here/guest-init" "$root/sbin/lane-init"
	units=$root/etc/systemd/system
	rm -rf "$units"/*.wants
	cat >"$units/lane.target" <<'E'
[Unit]
Requires=basic.target
Wants=dbus.service systemd-logind.service lane.service
After=basic.target
AllowIsolate=yes
E
	cat >"$units/lane.service" <<'E'
[Unit]
After=basic.target dbus.service systemd-logind.service
[Service]
Type=simple
ExecStart=/sbin/lane-run
KillMode=none
Delegate=yes
E
	for unit in $masked_units; do ln -sf /dev/null "$units/$unit"; done
	[ "$2" != selinux ] || label_root "$root"
	image_of "$root" "$IMAGE.new" 3072
	rm -rf "$root"
	mv "$IMAGE.new" "$IMAGE"
}
