/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The firewall's rules change: the gates that were set by the old ones, and flows that they admitted.
 *
 * fast(): nsa_read_gates(), nsa_ruleset(), bpf/stage/ruleset.h; nsa_flow_admits(), bpf/stage/flow.h
 * slow(): nsa_flow_pass(), nsa_gate_watch(), bpf/stage/gate.h, with the kernel's rules in between
 * daemon(): nsa_read_firewall(), with detect(), record_ruleset(), nsa_ports_tighten(), record_judged(),
 *   user/reconcile/read_firewall.c
 *
 * Rules: 0 none, 1 that deny the flow, 2 that allow it, 3 that deny it. Without rules the gate is open.
 * The kernel shows which rules are in force (nsa_hooks(), bpf/core/netfilter.h: Linux 6.2, of nf_tables
 * alone 6.17; before, and for legacy tables, the time until the daemon has followed isn't covered). A
 * packet isn't in the kernel between its rules and TC egress for as long as it takes to follow a change.
 * (What is in one flow's element: flow.pml.)
 *
 * Holds: a packet takes the fast path only if rules that were in force while it was on its way let it
 * through.
 *
 * Mutants: 1 the gates are trusted before they are set; 2 before flows have to be admitted anew; 3 the
 * rules are read before it is seen which they are; 4 an admission is of no ruleset; 5 a packet may load
 * gate and ruleset before it sees whether they hold
 */
#include "memory.inc"
#define MUTANTS 5

#define ALLOWS(r) ((r) == 0 || (r) == 2)
#define ALLOWED(from, to) (from == 0 || from <= 2 && to >= 2)
#define OPEN 0
#define FLOW 1

byte rules;		     /* in force in the kernel */
byte judged, gate, ruleset;  /* the owner's record, the port's */
byte admitted = 255;	     /* the flow, under which ruleset */

proctype administrator()
{
	do
	:: rules < 3 -> rules++
	:: rules == 3 -> break
	od
}

proctype daemon()
{
	byte seen, known, n;

	do
	:: n < 3 ->
		if
		:: mutant == 3 -> known = rules; seen = rules
		:: else ->
			seen = rules;
			known = rules;
			if
			:: rules != seen -> n++; goto next /* until they are at rest */
			:: else
			fi
		fi;
		if
		:: mutant == 1 || mutant == 2 && known > 1 -> judged = seen
		:: else
		fi;
		ruleset = known;
		gate = (known == 0 -> OPEN : FLOW);
		judged = seen;
		n++;
next:		skip
	:: n == 3 -> break
	od
}

proctype fast()
{
	byte begun, todo, r, j, g, s, a;

	begun = rules;
	ANY_ORDER(mutant == 5 -> 15 : 3)
	ONE(0, j = judged)
	ONE(1, r = rules)
	ONE(2, g = gate)
	ONE(3, s = ruleset)
	END_ORDER;
	if
	:: j == r ->
		ANY_ORDER(mutant == 5 -> 0 : 12)
		ONE(2, g = gate)
		ONE(3, s = ruleset)
		END_ORDER;
		a = admitted;
		if
		:: g == OPEN || a == s || mutant == 4 && a != 255 -> assert(ALLOWED(begun, rules))
		:: else
		fi
	:: else
	fi
}

proctype slow()
{
	byte in, passed;

	in = ruleset;
	passed = ALLOWS(rules);
	/* Until it leaves the daemon hasn't followed a change of what let it through. */
	atomic {
		if
		:: passed && ruleset == in -> admitted = in
		:: else
		fi
	}
}

init
{
	SET_MUTANT;
	atomic {
		run administrator();
		run daemon();
		run slow();
		run fast()
	}
}
