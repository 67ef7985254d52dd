/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What was said of a namespace, changed while its packets go by it; and who is behind a port.
 *
 * packet(): nsaccel_tc_in(), bpf/nsaccel_tc.bpf.c; nsa_isolation(), bpf/map/owners.h; nsa_guard(), bpf/stage/guard.h
 * say(): nsa_maps_isolation_change(), user/maps/isolation.c; nsa_maps_wait(), user/maps/maps.c
 * move(): close_moved(), nsa_ports_write_records(), user/reconcile/ports_records.c
 *
 * Namespace 1 is isolated and not guarded at first, then guarded and not isolated: a packet of it with
 * a source that isn't its own, that would leave by the owner's table, gets out by neither. Programs look
 * at either setting more than once, so both hold in between. Then its end of the veth moves: the port is
 * another namespace's, 2, which isn't confined, with its own MAC. A port's record is several words, and
 * changes in place: so it is closed until no program goes by the old one and the new one is whole.
 *
 * Holds: a packet goes on only by settings that were made together, and as sent by the namespace whose
 * MAC and sources it was compared with.
 *
 * Mutants: 1 settings change at once; 2 the port isn't closed in between; 3 nobody waits until it is
 * another's; 4 it is opened as it becomes another's; 5 a packet may load the rest before "closed";
 * 6 nobody waits until settings are less strict
 */
#include "memory.inc"
#define MUTANTS 6

byte isolated[3], guarded[3];	   /* by slot */
byte slot, mac, source, closed;	   /* the port's record; mac and source name whose they are */
byte epoch, running[2];

inline wait_for_programs()
{
	atomic { old = epoch; epoch = 1 - epoch };
	running[old] == 0
}

inline put_port(c, p)
{
	ANY_ORDER(BIT(0, closed != c) | BIT(1, slot != p) | BIT(2, mac != p) | BIT(3, source != p))
	ONE(0, closed = c)
	ONE(1, slot = p)
	ONE(2, mac = p)
	ONE(3, source = p)
	END_ORDER
}

inline say()
{
	if
	:: mutant == 1
	:: else ->
		guarded[1] = 1;
		if
		:: mutant == 6
		:: else -> wait_for_programs()
		fi
	fi;
	ANY_ORDER(BIT(0, !guarded[1]) | 2)
	ONE(0, guarded[1] = 1)
	ONE(1, isolated[1] = 0)
	END_ORDER
}

inline move()
{
	if
	:: mutant == 2
	:: else ->
		put_port(1, 1);
		if
		:: mutant == 3
		:: else -> wait_for_programs()
		fi;
		if
		:: mutant == 4
		:: else -> put_port(1, 2)
		fi
	fi;
	put_port(0, 2)
}

proctype writer()
{
	byte todo, old;

	say();
	move()
}

proctype packet()
{
	byte todo, e, c, s, m, a, i, g;

	atomic { e = epoch; running[e]++ }
	ANY_ORDER(mutant == 5 -> 15 : 8)
	ONE(0, s = slot)
	ONE(1, m = mac)
	ONE(2, a = source)
	ONE(3, c = closed)
	END_ORDER;
	if
	:: !c ->
		ANY_ORDER(mutant == 5 -> 0 : 7)
		ONE(0, s = slot)
		ONE(1, m = mac)
		ONE(2, a = source)
		END_ORDER;
		ANY_ORDER(24)
		ONE(3, i = isolated[s])
		ONE(4, g = guarded[s])
		END_ORDER;
		assert(m == s && a == s);
		assert(s == 2 || i || g)
	:: else
	fi;
	running[e]--
}

init
{
	SET_MUTANT;
	atomic {
		isolated[1] = 1; slot = 1; mac = 1; source = 1;
		run writer();
		run packet();
		run packet()
	}
}
