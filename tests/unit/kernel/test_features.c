// SPDX-License-Identifier: GPL-2.0-only
/* Tests of user/kernel/features.c: what the running kernel can do, beside what libbpf reads of the
 * same types. */
#include <bpf/btf.h>
#include <bpf/libbpf.h>

#include "sandbox.h"
#include "user/kernel/features.h"

static void kern_ctx_is_what_libbpf_finds(void **state)
{
	struct btf *btf = btf__load_vmlinux_btf();

	(void)state;
	assert_non_null(btf);
	assert_int_equal(nsa_feature_kern_ctx(),
			 btf__find_by_name_kind(btf, "bpf_cast_to_kern_ctx", BTF_KIND_FUNC) > 0);
	btf__free(btf);
}

static void ct_lookup_is_what_libbpf_finds(void **state)
{
	struct btf *vmlinux = btf__load_vmlinux_btf();
	struct btf *module = btf__load_module_btf("nf_conntrack", vmlinux);
	const struct btf *btf = module ? module : vmlinux;

	(void)state;
	assert_non_null(vmlinux);
	assert_int_equal(nsa_feature_ct_lookup(),
			 btf__find_by_name_kind(btf, "bpf_skb_ct_lookup", BTF_KIND_FUNC) > 0);
	btf__free(module);
	btf__free(vmlinux);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(kern_ctx_is_what_libbpf_finds),
		cmocka_unit_test(ct_lookup_is_what_libbpf_finds),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
