// SPDX-License-Identifier: GPL-2.0-only
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cli/output.h"

bool nsa_print_json(const struct nsa_cli *cli, json_t *value)
{
	if (!cli->json)
		return false;
	json_dumpf(value, stdout, cli->pretty ? JSON_INDENT(2) : JSON_COMPACT);
	putchar('\n');
	json_decref(value);
	return true;
}

bool nsa_is_terminal(void)
{
	return isatty(STDOUT_FILENO);
}

static bool is_colored(const struct nsa_cli *cli)
{
	return cli->color == NSA_COLOR_ALWAYS ||
	       (cli->color == NSA_COLOR_AUTO && nsa_is_terminal());
}

static const char *cell(const json_t *row, size_t column)
{
	const char *text = json_string_value(json_array_get(row, column));

	return text && *text ? text : "-";
}

static void print_cell(const char *text, size_t width, bool last)
{
	if (last)
		printf("%s\n", text);
	else
		printf("%-*s  ", (int)width, text);
}

void nsa_print_table(const struct nsa_cli *cli, const char *const *header, size_t columns,
		     const json_t *rows)
{
	size_t width[16] = {}, i, column;
	bool bold = is_colored(cli);
	json_t *row;

	for (column = 0; column < columns; column++)
		width[column] = strlen(header[column]);
	json_array_foreach(rows, i, row)
		for (column = 0; column < columns; column++)
			if (strlen(cell(row, column)) > width[column])
				width[column] = strlen(cell(row, column));
	fputs(bold ? "\033[1m" : "", stdout);
	for (column = 0; column < columns; column++)
		print_cell(header[column], width[column], column + 1 == columns);
	fputs(bold ? "\033[0m" : "", stdout);
	json_array_foreach(rows, i, row)
		for (column = 0; column < columns; column++)
			print_cell(cell(row, column), width[column], column + 1 == columns);
}

const char *nsa_text(const json_t *object, const char *key)
{
	const char *text = json_string_value(json_object_get(object, key));

	return text ? text : "";
}
