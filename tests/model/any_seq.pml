/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * One word that tells whether any of several sequences may have changed, so that a verdict in use compares that word
 * alone; two writers in turn, each of which may be killed at any step. Whoever takes the lock next makes even what a
 * killed writer left odd, and doesn't advance the word (nsa_maps_sequences_mend()).
 *
 * packet(): nsa_verdict_begin(), nsa_verdict_record(), bpf/stage/verdict.h; nsa_verdict_holds(), bpf/map/verdicts.h
 * writer(): nsa_maps_config_begin(), nsa_maps_any_seq_advance(), user/maps/sequences.c; write_record(),
 * user/reconcile/nexthops_commit.c
 *
 * Two states, each with a sequence, go from 1 to 2. A verdict is both states together.
 *
 * Holds: a packet is sent by what stood while it lasted: not by a state that was replaced before it came, nor by one
 * that isn't begun.
 *
 * Mutants: 1 changes aren't counted; 2 the count comes before the sequence is odd; 3 it comes after the state is written;
 * 4 a packet reads the count after it has compared the sequences; 5 a verdict is recorded with the count of its time,
 * though its first sequence was read before; 6 a recorded verdict's sequences were read after its states
 */
#include "memory.inc"
#define MUTANTS 6
#define NEVER 255

byte changes;
byte sequence[2];
byte state[2] = 1;
bool begun[2], written[2];

byte entry_state[2], entry_sequence[2], entry_changes; /* the CPU's own */
bool recorded;

inline judge(which)
{
	assert(found[which] == 1 && !was_written[which] || found[which] == 2 && begun[which])
}

/* The stages, and the record of what they found. The first sequence is read by whoever looks the port up. */
inline run_stages()
{
	if
	:: mutant == 6 -> found[0] = state[0]; found[1] = state[1]
	:: else
	fi;
	seen[0] = early;
	if
	:: mutant == 5 -> count = changes
	:: else -> count = NEVER
	fi;
	seen[1] = sequence[1];
	if
	:: mutant == 6 -> seen[0] = sequence[0]
	:: else -> found[0] = state[0]; found[1] = state[1]
	fi;
	if
	:: !(seen[0] & 1) && !(seen[1] & 1) ->
		entry_state[0] = found[0];
		entry_state[1] = found[1];
		entry_sequence[0] = seen[0];
		entry_sequence[1] = seen[1];
		entry_changes = count;
		recorded = true
	:: else
	fi
}

inline packet()
{
	was_written[0] = written[0];
	was_written[1] = written[1];
	early = sequence[0];
	hit = false;
	if
	:: recorded ->
		count = changes;
		if
		:: count == entry_changes -> hit = true
		:: else ->
			compared = early == entry_sequence[0] && sequence[0] == entry_sequence[0];
			if
			:: compared -> compared = sequence[1] == entry_sequence[1]
			:: else
			fi;
			if
			:: compared ->
				if
				:: mutant == 4 -> count = changes
				:: else
				fi;
				entry_changes = count;
				hit = true
			:: else
			fi
		fi
	:: else
	fi;
	if
	:: hit -> found[0] = entry_state[0]; found[1] = entry_state[1]
	:: else -> run_stages()
	fi;
	/* What the stages read of a state that is being written is the tables' and next hops' affair. */
	judge(0);
	judge(1)
}

proctype cpu()
{
	byte packets, early, count, seen[2], found[2];
	bool was_written[2], hit, compared;

	do
	:: packets < 4 -> packets++; packet()
	:: packets == 4 -> break
	od
}

inline count_change()
{
	if
	:: mutant != 1 -> changes++
	:: else
	fi
}

/* One writer's change; it may be killed before each step. */
inline change(which)
{
	if
	:: mutant == 2 -> count_change(); sequence[which] = 1
	:: mutant == 3 -> sequence[which] = 1
	:: else -> sequence[which] = 1; if :: killed = true :: true -> count_change() fi
	fi;
	if
	:: killed
	:: else -> if :: killed = true :: true -> begun[which] = true; state[which] = 2; written[which] = true fi
	fi;
	if
	:: killed || mutant != 3
	:: else -> count_change()
	fi
}

proctype writer()
{
	byte which;
	bool killed;

	do
	:: which < 2 ->
		killed = false;
		change(which);
		if
		:: sequence[which] = 2 /* by itself, or by the next writer if it was killed */
		:: break /* killed, and nobody comes */
		fi;
		which++
	:: which == 2 -> break
	od
}

init
{
	SET_MUTANT;
	atomic {
		run writer();
		run cpu()
	}
}
