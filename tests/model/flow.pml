/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What is known of one direction of a flow, written by programs on several CPUs, in an element that the
 * kernel gives to another flow at once.
 *
 * in(): nsa_flow_find(), nsa_flow_create(), nsa_direction_arm(), bpf/stage/gate.h
 * out(): nsa_gate_watch(), nsa_flow_admit(), bpf/stage/gate.h
 * fast(): nsa_flow_admits(), nsa_direction_admits(), bpf/stage/flow.h
 * take(): htab_lru_map_update_elem(): the element is zeroed, in any order, and linked
 *
 * Packets of flow BAD are dropped by the kernel's rules, those of GOOD that came in by device 1 come to
 * TC egress; by device 2 come BAD's, and such as claim to be GOOD's, which the rules drop. Their ids
 * don't tell them apart. A state is a number used once: as good as that, since it is the time in ns. The
 * element isn't given to another flow between that a program has found it and that it has written it:
 * that takes nanoseconds, and the kernel takes the element that was used least of some thousands. (Mutant
 * 6 tells what comes of it: a second of the fast path for a flow that rules deny.)
 *
 * Holds: a packet takes the fast path only if one of its flow, come in by its device, has left.
 *
 * Mutants: 1 the state isn't looked at again after the signature; 2 it isn't compared when a packet has
 * left; 3 a signature is written without the state saying so; 4 the device that a packet came in by
 * isn't compared when it leaves; 5 the key isn't compared; 6 the element may be given away before a program has written it
 */
#include "memory.inc"
#define MUTANTS 6

#define NOBODY	 0
#define GOOD	 1
#define BAD	 2
#define WRITING	 1   /* NSACCEL_FLOW_PENDING without a number */
#define ADMITTED 50  /* and a time */
#define PENDING	 100 /* and a number */

byte linked, key, state, iif, dst; /* the element: dst stands for the rest of the signature */
byte numbers;
byte holding; /* programs that have found it to write it */
bool lock; /* of the kernel's hash */

inline take(flow)
{
	atomic { holding == 0 || mutant == 6 && holding == 1 -> linked = NOBODY }
	ANY_ORDER(BIT(0, key != NOBODY) | BIT(1, state != 0) | BIT(2, iif != 0) | BIT(3, dst != 0))
	ONE(0, key = NOBODY)
	ONE(1, state = 0)
	ONE(2, iif = 0)
	ONE(3, dst = 0)
	END_ORDER;
	linked = flow
}

proctype in(byte flow, by)
{
	byte todo, was;

	if
	:: atomic { linked == flow && (key == flow || mutant == 5) -> holding++ }
	:: else ->
		atomic { !lock -> lock = true }
		if
		:: linked != flow -> take(flow)
		:: linked == flow
		fi;
		lock = false;
		if
		:: atomic { linked == flow -> holding++ } key = flow
		:: linked != flow -> goto none
		fi
	fi;
	was = state;
	if
	:: was == WRITING -> goto done
	:: was != WRITING && mutant == 3
	:: was != WRITING && mutant != 3 ->
		atomic {
			if
			:: state == was -> state = WRITING
			:: else -> goto done
			fi
		}
	fi;
	ANY_ORDER(BIT(0, iif != by) | BIT(1, dst != by))
	ONE(0, iif = by)
	ONE(1, dst = by)
	END_ORDER;
	atomic { numbers++; state = PENDING + numbers }
done:	holding--;
none:	skip
}

proctype out()
{
	byte todo, was, i, d;

	if
	:: atomic { linked == GOOD && (key == GOOD || mutant == 5) -> holding++ }
		was = state;
		if
		:: was > PENDING ->
			ANY_ORDER(3)
			ONE(0, i = iif)
			ONE(1, d = dst)
			END_ORDER;
			atomic {
				if
				:: (i == 1 && d == 1 || mutant == 4) && (state == was || mutant == 2) ->
					numbers++;
					state = ADMITTED + numbers
				:: else
				fi
			}
		:: else
		fi;
		holding--
	:: else
	fi
}

proctype fast(byte flow, by)
{
	byte todo, was, i, d, again, k;

	if
	:: linked == flow ->
		was = state;
		if
		:: was > ADMITTED && was < PENDING ->
			ANY_ORDER(3)
			ONE(0, i = iif)
			ONE(1, d = dst)
			END_ORDER;
			again = state;
			k = key;
			assert(!(i == by && d == by && (again == was || mutant == 1) && (k == flow || mutant == 5)))
		:: else
		fi
	:: else
	fi
}

init
{
	SET_MUTANT;
	atomic {
		run in(GOOD, 1);
		run in(BAD, 2);
		run in(GOOD, 2);
		run out();
		if
		:: run fast(GOOD, 2)
		:: run fast(BAD, 1)
		:: run fast(BAD, 2)
		fi
	}
}
