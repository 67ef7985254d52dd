/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Rules that are swapped for others, and what is remembered of flows that they allowed.
 *
 * packet(): nsa_policy_for(), nsa_tuple_allowed() with nsa_conn_established() and nsa_conn_new(), bpf/stage/policy.h;
 *   nsa_policy_match(), bpf/stage/classify.h
 * swap(): nsa_policy_swap(), put_policy(), drop_policy(), user/reconcile/policy.c; nsa_maps_policy_add(),
 *   nsa_maps_policy_del(), user/maps/policy.c; nsa_maps_wait(), user/maps/maps.c
 * collect(): nsa_policy_collect(), user/reconcile/policy.c, of the run after one that was killed
 *
 * Four states follow each other: no policy, by which all is allowed; one that allows flow 1; one that
 * allows none; one that allows flow 0. Rules are looked up under a number in two maps; there are two
 * numbers, given anew. Policy and generation are one word of the owner's record. A change of a map of
 * maps returns when no program runs that began before it.
 *
 * Holds: a packet goes on only if rules allow it that were in force, or coming into force, when it was
 * let through: so once a change has returned nothing is on its way by the rules before. It is never
 * judged by parts of two policies. What is remembered counts for the rules that allowed it alone.
 *
 * Mutants: 1 policy and generation are two words; 2 numbers are given anew without waiting; 3 memory has
 * no generation; 4 a change returns without waiting; 5 a policy whose maps are gone allows
 */
#include "memory.inc"
#define MUTANTS 5

#define ALLOWS(state, flow) (state == 0 || state == 1 && flow == 1 || state == 3 && flow == 0)
/* What is allowed in any state from one to another. */
#define ALLOWED(from, to, flow)                                                                     \
	(from == 0 || from <= 1 && to >= 1 && flow == 1 || from <= 3 && to >= 3 && flow == 0)

byte policy, generation;     /* the owner's record */
byte sets[3], heads[3];	     /* by number: the state that it was compiled for; 0: nothing there */
byte memory[2], by[2];	     /* of flows: the generation in force when they were allowed, and the state */
byte begun, made;	     /* states that come into force, that are in force */
byte epoch, running[2];

inline wait_for_programs()
{
	atomic { old = epoch; epoch = 1 - epoch };
	running[old] == 0
}

inline add_rules(n)
{
	sets[n] = state;
	heads[n] = state
}

inline del_rules(n)
{
	heads[n] = 0;
	sets[n] = 0
}

inline put_policy(n)
{
	begun = state;
	if
	:: mutant != 1 -> atomic { policy = n; generation = state }
	:: mutant == 1 -> policy = n; generation = state
	:: mutant == 1 -> generation = state; policy = n
	fi
}

/* A killed run has left rules that aren't in force: of a number before, or of one that never was. */
inline collect()
{
	n = (policy == 1 -> 2 : 1);
	del_rules(n);
	wait_for_programs()
}

inline maybe_killed()
{
	if
	:: true
	:: kills < 1 -> kills++; goto killed
	fi
}

proctype writer()
{
	byte state, n, before, old, kills;

again:
	do
	:: state < 3 ->
		atomic {
			state++;
			before = policy;
			n = (sets[1] -> 2 : 1)
		}
		add_rules(n);
		maybe_killed();
		put_policy(n);
		maybe_killed();
		if
		:: mutant == 2 || mutant == 4
		:: else -> wait_for_programs()
		fi;
		if
		:: mutant == 4 -> made = state; wait_for_programs()
		:: else
		fi;
		if
		:: before -> maybe_killed(); del_rules(before)
		:: else
		fi;
		made = state
	:: state == 3 -> break
	od;
	goto done;
killed:
	skip;
	collect();
	atomic { made = begun; state = begun }
	goto again;
done:	skip
}

proctype packet(byte flow)
{
	byte e, p, g, h, s;

	atomic { e = epoch; running[e]++ }
	if
	:: mutant != 1 -> atomic { p = policy; g = generation }
	:: mutant == 1 -> g = generation; p = policy
	fi;
	if
	:: p == 0 -> assert(ALLOWED(made, begun, flow))
	:: p && g && (memory[flow] == g || mutant == 3 && memory[flow]) ->
		assert(by[flow] == g);
		assert(ALLOWED(made, begun, flow))
	:: else ->
		h = heads[p];
		s = sets[p];
		if
		:: h && s ->
			assert(h == s);
			if
			:: ALLOWS(h, flow) ->
				assert(ALLOWED(made, begun, flow));
				atomic { memory[flow] = g; by[flow] = h }
			:: else
			fi
		:: else -> assert(mutant != 5 || ALLOWED(made, begun, flow)) /* gone: denied */
		fi
	fi;
	running[e]--
}

init
{
	SET_MUTANT;
	atomic {
		run writer();
		run packet(0);
		run packet(1);
		run packet(1)
	}
}
