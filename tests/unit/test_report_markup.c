/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Text in XML and HTML: nothing is read as markup, nothing that XML 1.0 forbids is written. */
#include <criterion/criterion.h>
#include <string.h>

#include "base/cleanup.h"
#include "report/markup.h"

static char *put(void (*f)(FILE *, const char *), const char *text)
{
	char *to = NULL;
	size_t len;
	FILE *out = open_memstream(&to, &len);

	f(out, text);
	fclose(out);
	return to;
}

static void is(void (*f)(FILE *, const char *), const char *text, const char *want)
{
	_cleanup_free_ char *got = put(f, text);

	cr_assert_str_eq(got, want, "%s: %s", text, got);
}

Test(markup, what_is_markup_is_escaped)
{
	is(markup_text, "</script><b a='x' c=\"y\">&amp;",
	   "&lt;/script&gt;&lt;b a=&#39;x&#39; c=&#34;y&#34;&gt;&amp;amp;");
	is(markup_text, NULL, "");
}

Test(markup, line_ends_stay_in_attributes)
{
	is(markup_text, "a\n\tb\r", "a\n\tb&#13;");
	is(markup_value, "a\n\tb\r", "a&#10;&#9;b&#13;");
}

Test(markup, what_xml_forbids_is_replaced)
{
	is(markup_text, "\x01\x08\x1b\x7f", "\uFFFD\uFFFD\uFFFD\x7f");
	is(markup_text, "\xef\xbf\xbe", "\uFFFD"); /* U+FFFE */
	is(markup_text, "\xef\xbf\xbf", "\uFFFD"); /* U+FFFF */
}

Test(markup, utf8_stays_and_what_is_none_is_replaced)
{
	is(markup_text, "± µ 内存 \U0001F4BE", "± µ 内存 \U0001F4BE");
	is(markup_text, "\xc2", "\uFFFD");		       /* cut */
	is(markup_text, "\xe2\x82", "\uFFFD\uFFFD");	       /* cut */
	is(markup_text, "\xc0\xaf", "\uFFFD\uFFFD");	       /* overlong "/" */
	is(markup_text, "\xed\xa0\x80", "\uFFFD\uFFFD\uFFFD"); /* a surrogate */
	is(markup_text, "\xf4\x90\x80\x80", "\uFFFD\uFFFD\uFFFD\uFFFD");
	is(markup_text, "\xff<", "\uFFFD&lt;");
}

Test(markup, json_ends_no_script)
{
	is(markup_json, "a\"\\</script>\n\x01\xff",
	   "\"a\\\"\\\\\\u003c/script>\\u000a\\u0001\uFFFD\"");
	is(markup_json, "\u2028", "\"\\u2028\"");
	is(markup_json, NULL, "\"\"");
}

Test(markup, labels_of_openmetrics_escape_three_characters)
{
	is(markup_label, "a\"b\\c\nd\t<\xff", "\"a\\\"b\\\\c\\nd\t<\uFFFD\"");
	is(markup_label, NULL, "\"\"");
}
