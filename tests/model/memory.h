/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * How the models see memory.
 *
 * A word is loaded and stored at once; nothing larger is. Between two barriers the stores of one CPU,
 * and its loads, come in any order: arm64 allows that, x86 less. Nothing moves past a barrier: in user
 * space the system call that each change of a map is, in programs nsa_keep_order() and operations that
 * are atomic. (On x86 nsa_keep_order() is the compiler's alone, so that a store may come after a later
 * load of another word. Where a model's program stores, it loads nothing more after it, or says what.)
 * The kernel writes an element of an array with memcpy(): its words in any order. Storing what is there
 * already can't be seen, and isn't modelled.
 *
 * A mutant is the protocol without one of its rules. Spin must find a counterexample to each: that
 * shows that the model doesn't hold for want of interleavings. run.sh sets it.
 */
byte mutant;

#define SET_MUTANT c_code { now.mutant = getenv("MUTANT") ? atoi(getenv("MUTANT")) : 0; }

/* What is to be done in any order, a bit for each. */
#define BIT(n, is_needed) ((is_needed -> 1 : 0) << (n))
#define ANY_ORDER(which) todo = (which); do
#define ONE(n, access) :: todo & (1 << (n)) -> atomic { access; todo = todo & ~(1 << (n)) }
#define END_ORDER :: !todo -> break; od
