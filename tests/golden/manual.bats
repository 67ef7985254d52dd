# SPDX-License-Identifier: GPL-2.0-only
# nsaccel-maps(5) says all that the contract says.

ROOT=$(cd "$BATS_TEST_DIRNAME/../.." && pwd)
PAGE=$ROOT/docs/nsaccel-maps.5

# The contract's own declarations, a line each, comments gone.
contract()
{
	cc -E -P -D__VMLINUX_H__ -include linux/types.h -I "$ROOT/include" \
		"$ROOT/include/nsaccel/abi.h" | tr '\n' ' ' | grep -oE '(enum|struct) nsaccel_\w+ \{[^}]*\}'
}

# in_page: of the words on stdin those that the page lacks.
not_in_page()
{
	grep -vxFf <(grep -oE '\w+' "$PAGE")
}

@test "every enumerator" {
	diff <(contract | grep ^enum | grep -oE 'NSACCEL_\w+' | grep -v '_COUNT$' | not_in_page) /dev/null
}

@test "every structure and every field" {
	# The counters are documented as enumerators.
	diff <(contract | grep ^struct | grep -v ^'struct nsaccel_stats ' |
		grep -oE '^struct \w+|\w+(\[[^]]*\])?;' | grep -oE '\w+' | grep -v '^[0-9]' |
		not_in_page) /dev/null
}

@test "every reason's text" {
	diff <(sed -nE 's/^\tX\(\w+, (\w+), \w+, "(.*)"\).*/NSACCEL_\1 \2/p' "$ROOT/include/nsaccel/abi.h") \
		<(sed -nE '/^\.It Dv NSACCEL_(FWD|PASS|DROP)_/ { N; s/^\.It Dv (.*)\n/\1 /p }' "$PAGE")
}

@test "every size" {
	local name size

	while read -r name size; do
		grep -A1 "struct $name ,\$" "$PAGE" | grep -q "^$size bytes" ||
			{ echo "struct $name: $size bytes" && false; }
	done < <(sed -nE 's/^NSACCEL_ASSERT_SIZE\((\w+), ([0-9]+)\);/\1 \2/p' "$ROOT/include/nsaccel/abi.h")
}
