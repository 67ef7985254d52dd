#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Fetches Debian 13's xdp-forward, which Debian 12 lacks, with the libraries that it was linked with, into DIR. Nothing is
# installed: DIR/xdp-forward starts it by its own dynamic linker. Exit 77 where there is no mirror to fetch from.
# usage: xdp-tools.sh DIR
set -euo pipefail

readonly KEYRING=/usr/share/keyrings/debian-archive-keyring.gpg
readonly PACKAGES=(xdp-tools libxdp1 libbpf1 libelf1t64 zlib1g libzstd1 libc6 libpcap0.8t64 libcap-ng0)

skip()
{
	echo "xdp-tools: $*" >&2
	exit 77
}

dir=$(mkdir -p "${1:?usage: xdp-tools.sh DIR}" && cd "$1" && pwd)
[[ ! -x $dir/xdp-forward ]] || exit 0
[[ $(uname -m) == x86_64 ]] || skip "the dynamic linker of $(uname -m) has a name not known here"
[[ -r $KEYRING ]] || skip "no $KEYRING"
# shellcheck disable=SC2016 # apt expands it
mirror=$(apt-get indextargets --format '$(CODENAME) $(REPO_URI)' 'Identifier: Packages' |
	awk '$1 == "bookworm" { print $2; exit }')
[[ $mirror ]] || skip "this machine's apt knows no Debian 12 mirror"

options=(-qq -o "Dir::Etc::sourcelist=$dir/sources.list" -o Dir::Etc::sourceparts=-
	-o "Dir::State::lists=$dir/lists" -o "Dir::Cache=$dir/cache" -o APT::Sandbox::User=root
	-o Acquire::Languages=none -o Acquire::Retries=2 -o Acquire::http::Timeout=20)
mkdir -p "$dir"/lists/partial "$dir"/cache/archives/partial "$dir"/debs "$dir"/root
echo "deb [signed-by=$KEYRING] $mirror trixie main" >"$dir/sources.list"
apt-get "${options[@]}" update || skip "no Debian mirror to be reached"
(cd "$dir/debs" && apt-get "${options[@]}" download "${PACKAGES[@]}")
for deb in "$dir"/debs/*.deb; do
	dpkg-deb -x "$deb" "$dir/root"
done
cat >"$dir/xdp-forward" <<EOF
#!/bin/sh
export LIBXDP_OBJECT_PATH=$dir/root/usr/lib/x86_64-linux-gnu/bpf
exec $dir/root/usr/lib64/ld-linux-x86-64.so.2 --library-path $dir/root/usr/lib/x86_64-linux-gnu \\
	$dir/root/usr/sbin/xdp-forward "\$@"
EOF
chmod +x "$dir/xdp-forward"
rm -rf "$dir"/{lists,cache,debs} "$dir"/root/{etc,var} "$dir"/root/usr/share
