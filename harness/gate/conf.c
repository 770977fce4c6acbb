/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "gate/conf.h"

#include <errno.h>
#include <string.h>

#include "base/io.h"
#include "base/words.h"

static const char *const swap_words[] = {"none", "disk", "zram"};

static const char *add_list(struct arena *a, const char *text, const char *word,
			    const char *const *list, size_t n, struct err *err)
{
	for (size_t i = 0; i < n; i++) {
		if (strchr(list[i], '\n')) {
			err_set_class(err, ERR_USAGE, -EINVAL,
				      "an argument with a newline cannot go into the guest");
			return NULL;
		}
		text = arena_printf(a, "%s%s %s\n", text, word, list[i]);
	}
	return text;
}

char *conf_write(const struct guest_conf *c, struct arena *a, struct err *err)
{
	const char *s =
		arena_printf(a, "cgroup %d\nswap %s\nswap-size %lld\nscratch %d\n", c->cgroup,
			     swap_words[c->swap], (long long)c->swap_size, c->scratch);

	s = add_list(a, s, "module", c->modules, c->n_modules, err);
	s = s ? add_list(a, s, "arg", c->args, c->n_args, err) : NULL;
	return (char *)s;
}

static int number(const char *value, int64_t *ret)
{
	const char *end = value + strlen(value);

	return parse_i64(value, end, ret) == end ? 0 : -EINVAL;
}

static int one(struct guest_conf *c, const char *word, const char *value, struct arena *a)
{
	int64_t n = 0;
	int r = 0;

	if (str_eq(word, "module")) {
		*arena_push(a, c->modules, c->n_modules) = value;
	} else if (str_eq(word, "arg")) {
		*arena_push(a, c->args, c->n_args) = value;
	} else if (str_eq(word, "swap")) {
		r = word_index(swap_words, sizeof(swap_words) / sizeof(swap_words[0]), value);
		c->swap = (enum swap_kind)(r < 0 ? 0 : r);
	} else if ((r = number(value, &n)) < 0) {
		return r;
	} else if (str_eq(word, "cgroup") && (n == 1 || n == 2)) {
		c->cgroup = (int)n;
	} else if (str_eq(word, "swap-size")) {
		c->swap_size = n;
	} else if (str_eq(word, "scratch")) {
		c->scratch = n != 0;
	} else {
		return -EINVAL;
	}
	return r < 0 ? -EINVAL : 0;
}

int conf_parse(char *text, struct guest_conf *ret, struct arena *arena, struct err *err)
{
	*ret = (struct guest_conf){.cgroup = 2};
	for (char *line = text, *next; line && *line; line = next) {
		char *value;

		next = strchr(line, '\n');
		if (next)
			*next++ = '\0';
		value = strchr(line, ' ');
		if (value)
			*value++ = '\0';
		if (!value || one(ret, line, value, arena) < 0)
			return err_set(err, -EINVAL, "%s: bad line \"%s %s\"", GATE_CONF, line,
				       value ? value : "");
	}
	return 0;
}
