/*
 * Percent-encoding.
 *
 * Called by the path and query parsers.  Does not decode whole texts: which
 * bytes may appear at all depends on who asks.
 */
#include "config.h"

#include "http/percent.h"

static int
hex_value(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

int
http_percent_byte(const char *s)
{
	int high, low;

	if (s[0] != '%')
		return -1;
	high = hex_value(s[1]);
	if (high < 0)
		return -1;
	low = hex_value(s[2]);
	if (low < 0)
		return -1;
	return high * 16 + low;
}
