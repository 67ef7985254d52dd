/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What is remembered of a flow that a policy allowed, in an element that the kernel gives to another flow
 * at any moment.
 *
 * goes_on(): nsa_conn_find(), bpf/stage/conn.h; nsa_conn_established(), bpf/stage/policy.h
 * answer(): nsa_conn_reply(), bpf/stage/policy.h: a flow that older rules allowed is judged anew
 * kernel(): htab_lru_map_update_elem(), for nsa_conn_record(): an element is filled, in any order, and linked
 *
 * Flow X is allowed by the rules of generation 1 and of 2, flow Y by those of 1 alone. A value's mark is
 * one word: the generation, and a digest of the flow and its rule.
 *
 * Holds: Y doesn't go on by generation 2; nor X by what is remembered of Y.
 *
 * Mutants: 1 the mark says nothing of the flow; 2 mark and generation are two words; 3 what is judged anew
 * is written in place
 */
#include "memory.inc"
#define MUTANTS 3

#define NOBODY 0
#define X      1
#define Y      2

byte linked;		  /* whose the element is */
byte digest, generation;  /* of the mark */
byte rule;		  /* that allowed it: named as the flow */

inline fill(k, g)
{
	atomic { linked = NOBODY };
	ANY_ORDER(7)
	ONE(0, if :: mutant != 2 -> digest = k; generation = g :: else -> digest = k fi)
	ONE(1, rule = k)
	ONE(2, if :: mutant != 2 :: else -> generation = g fi)
	END_ORDER;
	linked = k
}

proctype kernel()
{
	byte todo, n;

	do
	:: n < 4 ->
		if
		:: fill(X, 1)
		:: fill(X, 2)
		:: fill(Y, 1)
		fi;
		n++
	:: n == 4 -> break
	od
}

inline load_mark()
{
	if
	:: mutant != 2 -> atomic { d = digest; g = generation }
	:: mutant == 2 -> d = digest; g = generation
	:: mutant == 2 -> g = generation; d = digest
	fi
}

proctype goes_on(byte flow)
{
	byte d, g;

	if
	:: linked == flow ->
		load_mark();
		assert(!(flow == Y && g == 2 && (d == Y || mutant == 1)))
	:: linked != flow
	fi
}

proctype answer()
{
	byte d, g;

	if
	:: linked == X ->
		load_mark();
		if
		:: d == X && g == 1 ->
			if
			:: mutant == 3 -> generation = 2
			:: else -> atomic {
					if
					:: linked == X -> generation = 2 /* a new element, linked at once */
					:: else
					fi
				}
			fi
		:: else
		fi
	:: linked != X
	fi
}

init
{
	SET_MUTANT;
	atomic {
		run kernel();
		run answer();
		run goes_on(X);
		run goes_on(Y)
	}
}
