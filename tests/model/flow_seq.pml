/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A verdict on a flow, which a CPU goes by, while other CPUs take the flow's admission away and give it another.
 *
 * reader(): nsa_verdict_find(), nsa_verdict_begin(), bpf/stage/verdict.h; nsa_flow_admits(), bpf/stage/flow.h
 * changer(): nsa_flow_control(), nsa_direction_arm(), nsa_flow_admit(), bpf/stage/gate.h; nsa_flow_seq_advance(),
 * bpf/map/flows.h
 * other(): likewise, of a flow that has the same index
 *
 * Admission 1 is taken away, admission 2 given, which may be for another signature, and taken away.
 *
 * Holds: a packet that comes after an admission was taken away, and the sequence advanced, isn't sent by it.
 *
 * Mutants: 1 the sequence is read and written, so that of two changes one is lost; 2 it is advanced before the record is
 * changed; 3 it is read after the record; 4 it isn't advanced
 */
#include "memory.inc"
#define MUTANTS 4

byte sequence;
byte admission = 1; /* in the record; 0: none */
byte taken;	    /* the last one that was taken away, with all that belongs to it */

byte verdict; /* the admission that it was recorded under; the reader's CPU alone sees it */
byte verdict_sequence;

inline advance()
{
	if
	:: mutant == 1 -> sequence = was + 1
	:: mutant == 4
	:: else -> sequence++
	fi
}

/* mutant 1: the load is before the store that comes first in the program. */
inline take_away(which)
{
	was = sequence;
	if
	:: mutant == 2 -> advance()
	:: else
	fi;
	admission = 0;
	if
	:: mutant != 2 -> advance()
	:: else
	fi;
	taken = which
}

proctype changer()
{
	byte was;

	take_away(1);
	admission = 2;
	take_away(2)
}

proctype other()
{
	byte was;

	was = sequence;
	advance()
}

proctype reader()
{
	byte packets, seen, had_been_taken, sent_by;

	do
	:: packets < 4 ->
		packets++;
		had_been_taken = taken;
		sent_by = 0;
		if
		:: verdict && verdict_sequence == sequence -> sent_by = verdict
		:: else ->
			seen = sequence;
			sent_by = admission;
			if
			:: mutant == 3 -> seen = sequence
			:: else
			fi;
			verdict = sent_by;
			verdict_sequence = seen
		fi;
		assert(!sent_by || sent_by > had_been_taken)
	:: packets == 4 -> break
	od
}

init
{
	SET_MUTANT;
	atomic {
		run changer();
		run other();
		run reader()
	}
}
