/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a CPU remembers of a table, while that is written; by a writer that may be killed at any step.
 *
 * reader(): nsa_table_find(), bpf/map/tables.h
 * writer(): nsa_maps_route_begin(), nsa_maps_route_end(), user/maps/sequences.c; update(), user/reconcile/table_commit.c
 * interrupt: a packet that comes while the same CPU is at another one (a `route get` on Linux 6.1, where
 * programs that are run for a test can be interrupted); its address shares the element of the cache
 *
 * The route of address A goes from 1 to 2; that of B is 3 throughout.
 *
 * Holds: a lookup of A finds what stood in the table while it lasted, one of B its route.
 *
 * Mutants: 1 the writer doesn't make the sequence odd; 2 the sequence is read after the trie; 3 that it
 * is odd says nothing; 4 the sequence goes back; 5 words of an entry aren't XORed
 */
#include "memory.inc"
#define MUTANTS 5

#define A 4 /* keys: any words that differ, also when XORed with routes */
#define B 8
#define MASK(route) (mutant == 5 -> 0 : route)

byte sequence;
byte trie = 1; /* A's route */
byte entry_route, entry_sequence = 255, entry_key; /* the CPU's own: no other one sees them */
bool begun, written, interrupted;

inline fill(route, seq, key)
{
	entry_route = route;
	entry_sequence = seq ^ MASK(route);
	entry_key = key ^ MASK(route)
}

inline hits(seq, key)
{
	((entry_sequence ^ MASK(entry_route)) == seq && (entry_key ^ MASK(entry_route)) == key)
}

/* A whole lookup of B's, at once. */
inline interrupt()
{
	atomic {
		if
		:: !interrupted ->
			interrupted = true;
			if
			:: sequence & 1
			:: !(sequence & 1) ->
				if
				:: hits(sequence, B) -> assert(entry_route == 3)
				:: else -> fill(3, sequence, B)
				fi
			fi
		:: true
		fi
	}
}

/* As fill(), word by word. */
inline fill_slowly(route, seq, key)
{
	entry_route = route;
	interrupt();
	entry_sequence = seq ^ MASK(route);
	interrupt();
	entry_key = key ^ MASK(route)
}

inline find()
{
	was_written = written;
	interrupt();
	if
	:: mutant == 2 -> found = trie; seen = sequence
	:: else -> seen = sequence
	fi;
	if
	:: d_step { (!(seen & 1) || mutant == 3) && (entry_sequence ^ MASK(entry_route)) == seen &&
		    (entry_key ^ MASK(entry_route)) == A } ->
		found = entry_route
	:: else ->
		if
		:: mutant == 2
		:: else -> found = trie
		fi;
		if
		:: !(seen & 1) || mutant == 3 -> fill_slowly(found, seen, A)
		:: else
		fi
	fi;
	assert(found == 1 && !was_written || found == 2 && begun)
}

proctype reader()
{
	byte found, seen, lookups;
	bool was_written;

	do
	:: lookups < 3 -> lookups++; find()
	:: lookups == 3 -> break
	od
}

proctype writer()
{
	if
	:: mutant != 1 -> sequence = 1
	:: else
	fi;
	begun = true;
	trie = 2;
	written = true;
	if
	:: mutant == 4 -> sequence = 0
	:: mutant == 1 -> if :: true :: sequence = 2 fi /* killed, or not */
	:: else -> if :: true :: sequence = 2 fi
	fi
}

init
{
	SET_MUTANT;
	atomic {
		run writer();
		run reader()
	}
}
