# SPDX-License-Identifier: GPL-2.0-only
# Frames: built byte by byte, sent, and captured.
# shellcheck shell=bash

# For many frames at once no process is started: put_X leaves in HEX what X_hex, or X, prints.

mac_hex()
{
	echo "${1//:/}"
}

put_ip4()
{
	local IFS=.

	# shellcheck disable=SC2086
	printf -v HEX '%02x%02x%02x%02x' $1
}

ip4_hex()
{
	local HEX

	put_ip4 "$1"
	echo "$HEX"
}

put_ip6()
{
	local head=${1%%::*} tail=${1##*::} word
	local -a h t

	[[ $1 == *::* ]] || tail=
	IFS=: read -ra h <<<"$head"
	IFS=: read -ra t <<<"$tail"
	HEX=
	for word in "${h[@]}"; do printf -v word %04x "0x$word" || true && HEX+=$word; done
	while ((${#HEX} + 4 * ${#t[@]} < 32)); do HEX+=0000; done
	for word in "${t[@]}"; do printf -v word %04x "0x$word" || true && HEX+=$word; done
}

ip6_hex()
{
	local HEX

	put_ip6 "$1"
	echo "$HEX"
}

# put_sum HEX...: the Internet checksum of all that.
put_sum()
{
	local IFS='' sum=0 i hex

	hex=$*
	((${#hex} % 4 == 0)) || hex+=00
	for ((i = 0; i < ${#hex}; i += 4)); do
		sum=$((sum + 16#${hex:i:4}))
	done
	while ((sum >> 16)); do
		sum=$(((sum & 0xffff) + (sum >> 16)))
	done
	printf -v HEX %04x $((~sum & 0xffff))
}

inet_sum()
{
	local HEX

	put_sum "$1"
	echo "$HEX"
}

# put_udp PSEUDO-HEADER-ADDRESSES PAYLOAD: port 4000 to discard.
put_udp()
{
	local len

	printf -v len %04x $((8 + ${#2} / 2))
	put_sum "${1}0011${len}0fa00009${len}0000$2"
	HEX=0fa00009$len$HEX$2
}

udp_hex()
{
	local HEX

	put_udp "$@"
	echo "$HEX"
}

# put_frame4 FIELD=VALUE...: an Ethernet frame with IPv4 and UDP. Fields as in the locals.
put_frame4()
{
	local smac dmac src dst ttl=64 id=0001 off=4000 tos=00 opts='' payload=6e736163 type=0800
	local tag='' l4='' proto=11 version=4 head
	local "$@"
	# bats traces every command of every function: too slow for what counts bytes.
	local -
	set +T

	put_ip4 "$src"
	src=$HEX
	put_ip4 "$dst"
	dst=$HEX
	[[ $l4 ]] || {
		put_udp "$src$dst" "$payload"
		l4=$HEX
	}
	printf -v head '%x%x%s%04x%s%s%02x%s' "$version" $((5 + ${#opts} / 8)) "$tos" \
		$((20 + ${#opts} / 2 + ${#l4} / 2)) "$id" "$off" "$ttl" "$proto"
	put_sum "${head}0000$src$dst$opts"
	HEX=${dmac//:/}${smac//:/}$tag$type$head$HEX$src$dst$opts$l4
}

frame4()
{
	local HEX

	put_frame4 "$@"
	echo "$HEX"
}

# put_frame6: likewise. ext: extension headers, the first of type nh; the last must name 11 (UDP), or
# what l4 is.
put_frame6()
{
	local smac dmac src dst ttl=64 class=00 label=12345 ext='' nh=11 payload=6e736163
	local l4=''
	local "$@"
	local -
	set +T

	put_ip6 "$src"
	src=$HEX
	put_ip6 "$dst"
	dst=$HEX
	[[ $l4 ]] || {
		put_udp "$src$dst" "$payload"
		l4=$HEX
	}
	printf -v HEX '%s%s86dd6%s%s%04x%s%02x%s%s%s%s' "${dmac//:/}" "${smac//:/}" \
		"$class" "$label" $(((${#ext} + ${#l4}) / 2)) "$nh" "$ttl" "$src" "$dst" "$ext" "$l4"
}

frame6()
{
	local HEX

	put_frame6 "$@"
	echo "$HEX"
}

# send_frames LEAF: hex frames, a line each, out of the leaf's eth0 as they are.
send_frames()
{
	"$TOOLS/witness" -s "nsa-$1/eth0"
}

# ---- captures -------------------------------------------------------------------------------

# capture NAMESPACE DEVICE FILE [FILTER...]: what comes in, in the background.
capture()
{
	local ns=$1 dev=$2 file=$3

	shift 3
	rm -f "$file"
	background nsenter --net="/run/netns/$ns" -- tcpdump -Z root -n -U --immediate-mode -Q in \
		-i "$dev" -w "$file" "$@" 2>"$file.log"
	CAPTURE=$!
	wait_until 5 grep -q 'listening on' "$file.log"
}

capture_stop()
{
	kill "$CAPTURE"
	wait "$CAPTURE" || true
}

# captured FILE: the frames in hex, a line each.
captured()
{
	tcpdump -n -t -xx -r "$1" 2>/dev/null | awk '
		/^\t0x/ { for (i = 2; i <= NF; i++) line = line $i; next }
		{ if (line) print line; line = "" }
		END { if (line) print line }'
}

captured_count()
{
	[[ $(captured "$1" | wc -l) -ge $2 ]]
}
