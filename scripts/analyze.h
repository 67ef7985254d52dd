/* SPDX-License-Identifier: GPL-2.0-only */
/* What cppcheck (analyze.sh) has to know of the libraries' macros: it doesn't read their
 * headers. */
#define LIBBPF_OPTS(type, name, ...) struct type name = { __VA_ARGS__ }
#define json_array_foreach(array, index, value)                                                    \
	for ((index) = 0; ((value) = json_array_get(array, index)); (index)++)
#define json_object_foreach(object, key, value)                                                    \
	for ((key) = json_key(object); ((value) = json_next(object));)
#define mnl_attr_for_each_nested(attr, nest)                                                       \
	for ((attr) = mnl_first(nest); (attr); (attr) = mnl_next(attr))
#define mnl_attr_for_each(attr, msg, size)                                                         \
	for ((attr) = mnl_first(msg); (attr); (attr) = mnl_next(attr))
#define bpf_object__for_each_program(program, object)                                              \
	for ((program) = bpf_first(object); (program); (program) = bpf_next(program))
