# SPDX-License-Identifier: GPL-2.0-only
# Rule by rule, for each expression and field of nft and each match and target of Debian's iptables:
# what comes through is what comes through without nsaccel. See rules.c.
# shellcheck disable=SC2034,SC2153 # lib.bash uses and sets them

load lib

teardown()
{
	topo_down
}

# router LETTER: LETTER-rt between LETTER-a and LETTER-b; all alike.
router()
{
	local rt=$1-rt i end

	ns_add "$rt" "$1-a" "$1-b"
	sysctl_in "$rt" net.ipv4.ip_forward=1 net.ipv6.conf.all.forwarding=1 \
		net.ipv4.conf.all.send_redirects=0 net.ipv4.conf.default.send_redirects=0
	i=0
	for end in a b; do
		((++i))
		ip link add p$end netns "$rt" index 1$i address "02:00:00:00:0$i:01" type veth \
			peer name eth0 netns "$1-$end" index 2 address "02:00:00:00:0$i:02"
		ip -n "$rt" -batch - <<-EOB
			addr add 10.$i.0.1/24 dev p$end
			addr add fd00:0:0:$i::1/64 dev p$end nodad
			link set p$end up
			neigh replace 10.2.0.3 lladdr 02:00:00:00:00:03 dev p$end nud permanent
			neigh replace 10.$i.0.2 lladdr 02:00:00:00:0$i:02 dev p$end nud permanent
			neigh replace fd00:0:0:$i::2 lladdr 02:00:00:00:0$i:02 dev p$end nud permanent
		EOB
		# Nobody answers there.
		in_ns "$1-$end" nft -f - <<-EOB
			table inet quiet {
				chain input { type filter hook input priority 0; policy drop; }
				chain output { type filter hook output priority 0; policy drop; }
			}
		EOB
		ip -n "$1-$end" -batch - <<-EOB
			addr add 10.$i.0.2/24 dev eth0
			addr add fd00:0:0:$i::2/64 dev eth0 nodad
			link set eth0 up
		EOB
	done
}

setup()
{
	router k
	router n
	ns_add n-wire
	ip link add eth0 netns n-rt index 20 type veth peer name eth0 netns n-wire
	ip -n n-rt link set eth0 up
	ip -n n-wire link set eth0 up
	wait_until 5 ends_up
	local -a alone=()
	! nsaccel attach --help | grep -q -- --static || alone=(--static)
	nsaccel -n n-rt attach eth0 "${alone[@]}"
	# As nsaccel sets it: conntrack mustn't judge by windows that it doesn't see.
	sysctl_in k-rt net.netfilter.nf_conntrack_tcp_be_liberal=1
}

ends_up()
{
	local ns

	for ns in k-a k-b n-a n-b n-wire; do
		[[ $(ip -n $ns -o link show eth0) == *' state UP '* ]] || return
	done
}

# Rules from stdin. Tells what was skipped, and the sums.
hold()
{
	local out=$BATS_TEST_TMPDIR/out status=0

	"$TOOLS/rules" "$NSACCEL" >"$out" 2>&1 || status=$?
	grep '^skip' "$out" | sed 's/^/# /' >&3 || true
	echo "# $(grep -c '^ok' "$out") rules as by the kernel," \
		"$(grep -c '^ok .*: 0 by the fast path' "$out") of them with the gate shut" >&3
	((status == 0)) || fail "$(grep -v '^ok\|^skip' "$out")"
}

@test "nft: by fields of IP" {
	hold <<-'EOF'
		inet fast ip saddr 10.9.0.1 drop
		inet fast ip daddr 10.2.0.2 accept
		inet fast ip6 saddr fd00:0:0:9::1 drop
		inet fast ip protocol icmp drop
		inet fast ip ttl 39 drop
		inet fast ip6 hoplimit 39 drop
		inet fast ip dscp ef drop
		inet fast ip6 dscp ef drop
		inet fast ip dscp { ef, cs1 } drop
		inet fast ip hdrlength 6 drop
		inet fast ip version 5 drop
		inet fast ip frag-off & 0x1fff != 0 drop
		inet fast ip frag-off & 0x2000 != 0 drop
		inet slow ip frag-off & 0x4000 != 0 drop
		inet slow ip frag-off & 0x8000 != 0 drop
		inet slow ip ecn ect0 drop
		inet slow ip ecn ect1 drop
		inet slow ip ecn ce drop
		inet slow ip ecn != not-ect drop
		inet slow ip ecn { ect0, ect1 } drop
		inet slow ip ecn vmap { ce : drop }
		inet slow ip6 ecn ce drop
		inet slow ip length > 200 drop
		inet slow ip6 length > 200 drop
		inet slow ip id 0x0777 drop
		inet slow ip checksum & 1 == 0 drop
		inet slow ip6 flowlabel 0x00777 drop
		inet slow ip6 flowlabel > 0xeffff drop
		inet slow meta length > 200 drop
		inet slow ip ecn . ip daddr { ce . 10.2.0.2 } drop
		ip slow @nh,14,2 1 drop
		ip fast @nh,8,6 46 drop
		ip6 slow @nh,10,2 1 drop
		ip6 fast @nh,4,6 46 drop
		ip6 slow @nh,12,20 0x777 drop
		ip slow @nh,49,1 1 drop
		ip slow @nh,48,1 1 drop
		ip fast @nh,50,1 1 drop
		netdev slow @nh,14,2 1 drop
		netdev slow ip ecn ce drop
		pre slow ip ecn ce drop
		post slow ip ecn ce drop
		inet any meta mark set jhash ip id mod 2
	EOF
}

# bats test_tags=long
@test "nft: by fields of TCP and UDP" {
	hold <<-'EOF'
		inet fast tcp dport 81 drop
		inet fast udp sport 54 drop
		inet fast th dport { 81, 54 } drop
		inet fast tcp flags syn drop
		inet fast tcp flags & (fin|syn|rst|ack) == syn drop
		inet fast tcp flags & (fin|syn|rst|psh|ack|urg) == 0 drop
		inet fast tcp flags & ack == 0 drop
		inet slow tcp flags & psh != 0 drop
		inet slow tcp flags & urg != 0 drop
		inet slow tcp flags & ecn != 0 drop
		inet slow tcp flags & cwr != 0 drop
		inet slow tcp flags == ack drop
		inet any tcp flags ack drop
		inet slow tcp flags { ack | psh, ack | urg } drop
		inet slow tcp sequence > 0x7000000 drop
		inet slow tcp ackseq > 0x70000 drop
		inet slow tcp doff > 5 drop
		inet slow tcp reserved 1 drop
		inet slow tcp window 0x777 drop
		inet slow tcp checksum & 1 == 0 drop
		inet slow tcp urgptr 7 drop
		inet slow tcp option timestamp exists drop
		inet slow tcp option timestamp tsval 7 drop
		inet slow tcp option maxseg size 1280 drop
		inet slow tcp option maxseg size set 1000
		inet slow tcp option timestamp missing drop
		inet slow reset tcp option timestamp
		inet fast tcp flags syn tcp option maxseg size set 1000
		inet slow udp length > 100 drop
		inet slow udp checksum & 1 == 0 drop
		inet slow meta l4proto udp @th,64,8 0x78 drop
		inet slow meta l4proto tcp @th,108,1 1 drop
		inet fast meta l4proto tcp @th,109,1 1 drop
		inet slow meta l4proto tcp @th,160,8 1 drop
		inet slow @ih,0,8 0x78 drop
		ip slow @nh,208,8 0x07 drop
		ip6 slow @nh,368,8 0x07 drop
		inet fast sctp dport 80 drop
		inet fast dccp dport 80 drop
		inet fast udplite dport 80 drop
		inet fast icmp type echo-request limit rate 1/hour accept
	EOF
}

# bats test_tags=long
@test "nft: each byte in which packets of a flow differ" {
	hold <<<raw
}

# bats test_tags=long
@test "nft: by what the kernel keeps" {
	hold <<-'EOF'
		inet fast iifname c drop
		inet fast oif pb accept
		inet fast meta iifgroup 7 drop
		inet fast meta iifkind vlan drop
		inet fast meta nfproto 9 drop
		inet fast meta l4proto 9 drop
		inet fast meta protocol arp drop
		inet fast meta pkttype broadcast drop
		inet fast meta mark 7 drop
		inet fast meta priority 1:7 drop
		inet fast meta skuid 7 drop
		inet fast meta skgid 7 drop
		inet fast meta cgroup 7 drop
		inet fast meta rtclassid 7 drop
		inet fast meta hour "00:00"-"00:01" drop
		inet fast meta day "Sunday" accept
		inet fast meta sdif 7 drop
		inet slow meta cpu 99 drop
		inet slow meta random > 4294967290 drop
		inet slow meta secpath exists drop
		inet slow meta nftrace set 1
		inet fast ether saddr 02:00:00:00:00:77 drop
		inet fast ether daddr 02:00:00:00:00:77 drop
		netdev fast ether type arp drop
		netdev fast vlan id 7 drop
		inet fast ct state invalid drop
		inet fast ct state established,related accept
		inet fast ct state new limit rate 1000/second accept
		inet fast ct direction reply accept
		inet fast ct mark 7 drop
		inet fast ct status dnat drop
		inet slow ct status assured drop
		inet slow ct expiration < 1s drop
		inet slow ct bytes > 300 drop
		inet slow ct packets > 5 drop
		inet slow ct avgpkt > 100 drop
		inet fast ct original ip saddr 10.9.0.1 drop
		inet fast ct l3proto ipv6 accept
		inet fast ct protocol 9 drop
		inet fast ct helper "ftp" drop
		inet fast ct zone 7 drop
		inet slow ct count over 100 drop
		inet fast ct mark set 7
		inet slow ct mark set ct mark xor 0x1
		inet fast ct mark set ct mark or 0x1
		inet fast fib saddr . iif oif missing drop
		inet fast fib daddr type local drop
		inet fast rt classid 7 drop
		inet fast rt ip nexthop 10.9.0.1 drop
		pre fast socket transparent 1 drop
		inet fast osf name "Linux" drop
		inet fast exthdr hbh exists drop
		inet fast exthdr frag exists drop
		inet fast rt type 0 drop
		inet slow ipsec in reqid 7 drop
		inet fast meta mark set symhash mod 2
		inet fast counter
	EOF
}

@test "nft: statements" {
	hold <<-'EOF'
		inet slow ip ecn set ce
		inet slow ip6 ecn set ect0
		inet any ip dscp set ef
		inet any ip6 dscp set ef
		inet any ip ttl set 40
		inet slow ip id set 7
		inet slow ip6 flowlabel set 7
		inet slow tcp window set 7
		inet slow udp length set 24
		inet any tcp dport set 81
		inet any ip daddr set 10.2.0.3
		inet any meta mark set 7
		inet fast meta mark set 0
		inet any meta priority set 1:7
		inet any meta priority set 0:0
		inet any notrack
		pre any notrack
		pre any ct zone set 7
		inet slow limit rate 4/hour accept; drop
		inet slow limit rate over 4/hour drop
		inet slow quota over 2000 bytes drop
		inet slow numgen inc mod 2 0 drop
		inet slow meta mark set numgen inc mod 2
		inet slow log
		ip slow dup to 10.2.0.2
		inet slow ip saddr @s drop; add @s { ip saddr }
		inet slow update @s { ip saddr limit rate over 4/hour } drop
		inet fast add @s { ip saddr }
		inet any meta l4proto tcp reject with tcp reset
		inet fast tcp dport 81 reject
		nat any masquerade
		nat any snat ip to 10.2.0.9
		nat fast limit rate 1/hour accept
		inet fast jump d; }; chain d { accept
		inet slow jump d; }; chain d { ip ecn ce drop
	EOF
}

# Each match of Debian's iptables: as iptables-nft has it, and a part in legacy tables.
@test "iptables: matches" {
	hold <<-'EOF'
		ipt fast filter -m addrtype --src-type LOCAL -j DROP
		ipt fast filter -p ah -m ah --ahspi 7 -j DROP
		ipt slow filter -m bpf --bytecode "5,48 0 0 1,84 0 0 3,21 0 1 3,6 0 0 65535,6 0 0 0" -j DROP
		ipt fast filter -m cgroup --cgroup 7 -j DROP
		ipt any filter -m cluster --cluster-total-nodes 2 --cluster-local-node 1 --cluster-hash-seed 7 -j DROP
		ipt fast filter -m comment --comment x -j ACCEPT
		ipt slow filter -m connbytes --connbytes 300: --connbytes-dir both --connbytes-mode bytes -j DROP
		ipt fast filter -m connlabel --label 1 -j DROP
		ipt slow filter -m connlimit --connlimit-above 100 -j DROP
		ipt fast filter -m connmark --mark 7 -j DROP
		ipt fast filter -m conntrack --ctstate INVALID -j DROP
		ipt slow filter -m conntrack --ctstatus ASSURED -j DROP
		ipt slow filter -m conntrack --ctexpire 1:2 -j DROP
		ipt slow filter -m cpu --cpu 99 -j DROP
		ipt fast filter -p dccp -m dccp --dport 80 -j DROP
		ipt fast filter -m devgroup --src-group 7 -j DROP
		ipt fast filter -m dscp --dscp 46 -j DROP
		ipt slow filter -m ecn --ecn-ip-ect 1 -j DROP
		ipt slow filter -m ecn --ecn-ip-ect 3 -j DROP
		ipt slow filter -p tcp -m ecn --ecn-tcp-ece -j DROP
		ipt slow filter -p tcp -m ecn --ecn-tcp-cwr -j DROP
		ipt fast filter -p esp -m esp --espspi 7 -j DROP
		ipt slow filter -m hashlimit --hashlimit-above 4/hour --hashlimit-burst 4 --hashlimit-mode srcip --hashlimit-name nsa -j DROP
		ipt fast filter -m helper --helper ftp -j DROP
		ipt fast filter -p icmp -m icmp --icmp-type 8 -j DROP
		ipt fast filter -p comp -m ipcomp --ipcompspi 7 -j DROP
		ipt fast filter -m iprange --src-range 10.9.0.1-10.9.0.9 -j DROP
		ipt slow filter -m ipvs --ipvs -j DROP
		ipt slow filter -m length --length 200: -j DROP
		ipt slow filter -m limit --limit 4/hour --limit-burst 4 -j DROP
		ipt fast filter -m mac --mac-source 02:00:00:00:00:77 -j DROP
		ipt fast filter -m mark --mark 7 -j DROP
		ipt fast filter -p tcp -m multiport --dports 81,82 -j DROP
		ipt slow filter -m nfacct --nfacct-name nsa -j DROP
		ipt fast filter -p tcp -m osf --genre Linux -j DROP
		ipt fast filter -m owner --uid-owner 7 -j DROP
		ipt fast filter -m physdev --physdev-in c -j DROP
		ipt fast filter -m pkttype --pkt-type broadcast -j DROP
		ipt slow filter -m policy --dir in --pol ipsec -j DROP
		ipt slow filter -m quota --quota 2000 -j ACCEPT
		ipt slow filter -m rateest --rateest nsa --rateest-lt --rateest-bps 1mbit -j DROP
		ipt fast filter -m realm --realm 7 -j DROP
		ipt slow filter -m recent --set --name nsa
		ipt slow filter -m recent --update --seconds 60 --hitcount 4 --name nsa -j DROP
		ipt any raw -m rpfilter --invert -j DROP
		ipt fast filter -p sctp -m sctp --dport 80 -j DROP
		ipt fast filter -m set --match-set nsa src -j DROP
		ipt any raw -m socket -j DROP
		ipt fast filter -m state --state INVALID -j DROP
		ipt slow filter -m statistic --mode nth --every 3 --packet 0 -j DROP
		ipt slow filter -m string --string xaaa --algo bm -j DROP
		ipt fast filter -p tcp --tcp-flags SYN,ACK SYN -j DROP
		ipt slow filter -p tcp --tcp-flags PSH PSH -j DROP
		ipt slow filter -p tcp --tcp-option 8 -j DROP
		ipt slow filter -p tcp -m tcpmss --mss 1280 -j DROP
		ipt fast filter -m time --datestop 2001-01-01 -j DROP
		ipt slow filter -m tos --tos 0x01/0x03 -j DROP
		ipt slow filter -m tos --tos 0x10 -j DROP
		ipt fast filter -m tos --tos 0xb8/0xfc -j DROP
		ipt fast filter -m ttl --ttl-eq 39 -j DROP
		ipt slow filter -m u32 --u32 4>>16&0xffff=0x777 -j DROP
		ipt fast filter -p udp -m udp --dport 54 -j DROP
		ip6t fast filter -m dst --dst-len 8 -j DROP
		ip6t fast filter -m eui64 -j DROP
		ip6t fast filter -m frag --fragid 7 -j DROP
		ip6t fast filter -m hbh --hbh-len 8 -j DROP
		ip6t fast filter -m hl --hl-eq 39 -j DROP
		ip6t fast filter -p icmpv6 -m icmp6 --icmpv6-type 128 -j DROP
		ip6t fast filter -m ipv6header --header frag --soft -j DROP
		ip6t fast filter -p mh -m mh --mh-type 1 -j DROP
		ip6t fast filter -m rt --rt-type 0 -j DROP
		ip6t fast filter -m srh --srh-next-hdr 17 -j DROP
		ip6t slow filter -m ecn --ecn-ip-ect 1 -j DROP
		ip6t slow filter -m length --length 200: -j DROP
		ipt-legacy fast filter -s 10.9.0.1 -j DROP
		ipt-legacy slow filter -m ecn --ecn-ip-ect 1 -j DROP
		ipt-legacy slow filter -m tos --tos 0x01/0x03 -j DROP
		ipt-legacy fast filter -m tos --tos 0xb8/0xfc -j DROP
		ipt-legacy slow filter -p tcp --tcp-flags PSH PSH -j DROP
		ipt-legacy fast filter -p icmp -m limit --limit 1/hour -j ACCEPT
		ip6t-legacy slow filter -m length --length 200: -j DROP
		ip6t-legacy fast filter -m hl --hl-eq 39 -j DROP
	EOF
}

# bats test_tags=long
@test "iptables: targets" {
	hold <<-'EOF'
		ipt slow filter -j AUDIT --type accept
		ipt slow mangle -j CHECKSUM --checksum-fill
		ipt any mangle -j CLASSIFY --set-class 1:7
		ipt any mangle -j CLASSIFY --set-class 0:0
		ipt fast mangle -j CONNMARK --set-xmark 7/7
		ipt slow mangle -j CONNMARK --set-xmark 1/0
		ipt fast mangle -j CONNMARK --save-mark
		ipt fast mangle -j CONNMARK --restore-mark
		ipt fast mangle -j CONNSECMARK --save
		ipt any raw -j CT --notrack
		ipt any raw -j CT --zone 7
		ipt any mangle -j DSCP --set-dscp 46
		ipt slow mangle -p tcp -j ECN --ecn-tcp-remove
		ipt any mangle -j HMARK --hmark-tuple src,dst --hmark-mod 2 --hmark-offset 0 --hmark-rnd 7
		ipt slow filter -j IDLETIMER --timeout 9 --label nsa
		ipt slow filter -j LED --led-trigger-id nsa
		ipt slow filter -j LOG
		ipt any mangle -j MARK --set-mark 7
		ipt fast mangle -j MARK --set-mark 0
		ipt slow filter -j NFLOG
		ipt any raw -j NOTRACK
		ipt slow filter -j RATEEST --rateest-name nsa --rateest-interval 250ms --rateest-ewmalog 500ms
		ipt any filter -p tcp -j REJECT --reject-with tcp-reset
		ipt slow filter -j SET --add-set nsa src
		ipt slow mangle -p tcp -j TCPOPTSTRIP --strip-options timestamp
		ipt fast mangle -p tcp --tcp-flags SYN,RST SYN -j TCPMSS --set-mss 1000
		ipt slow mangle -j TEE --gateway 10.2.0.2
		ipt any mangle -j TOS --set-tos 0xb8/0xfc
		ipt slow mangle -j TOS --set-tos 0x02/0x03
		ipt slow mangle -j TOS --set-tos 0x10
		ipt slow raw -j TRACE
		ipt any mangle -j TTL --ttl-set 40
		ip6t any mangle -j HL --hl-set 40
		ip6t slow mangle -j TOS --set-tos 0x02/0x03
		ipt-legacy slow mangle -j TOS --set-tos 0x02/0x03
		ipt-legacy any mangle -j DSCP --set-dscp 46
		ipt-legacy slow mangle -p tcp -j TCPOPTSTRIP --strip-options timestamp
	EOF
}

# What iptables has is judged, one by one; the rest has to see every packet.
@test "iptables: no match or target is forgotten" {
	local judged=$ROOT/user/firewall/xt_extension.c name

	for name in /usr/lib/*/xtables/lib{xt,ipt,ip6t}_*.so; do
		name=${name##*/lib*_}
		name=${name%.so}
		[[ $name == @(standard|NAT) ]] || grep -q "{ \"$name\", " "$judged" ||
			fail "$name isn't in ${judged##*/}"
	done
}
