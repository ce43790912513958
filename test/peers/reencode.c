/*
 * Reads lines "TYPE HEX", decodes the bytes with xdr_TYPE, encodes the value again, and answers each line with
 * "CONSUMED HEX" or "refused". Types and header come from files that reencode.ts writes for one .x.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>
#include <rpc/rpc.h>
#include "header.inc"

struct type {
	const char *name;
	xdrproc_t proc;
	size_t size;
};

static const struct type types[] = {
#include "types.inc"
};

#define MOST (1 << 20)

static unsigned char in[MOST], out[MOST];
static char line[2 * MOST + 256];

static const struct type *find(const char *name)
{
	for (size_t i = 0; i < sizeof types / sizeof *types; i++)
		if (strcmp(types[i].name, name) == 0)
			return &types[i];
	return NULL;
}

static void answer(const struct type *type, size_t length)
{
	void *value = calloc(1, type->size + 1);
	XDR xdr;
	xdrmem_create(&xdr, (char *)in, length, XDR_DECODE);
	int ok = value != NULL && type->proc(&xdr, value);
	unsigned consumed = ok ? xdr_getpos(&xdr) : 0;
	unsigned written = 0;
	if (ok) {
		XDR again;
		xdrmem_create(&again, (char *)out, MOST, XDR_ENCODE);
		ok = type->proc(&again, value);
		written = ok ? xdr_getpos(&again) : 0;
	}
	xdr_free(type->proc, value);
	free(value);
	if (!ok) {
		puts("refused");
		return;
	}
	printf("%u ", consumed);
	for (unsigned i = 0; i < written; i++)
		printf("%02x", out[i]);
	putchar('\n');
}

int main(void)
{
	/* A length that lies must fail at once, not fill the machine. */
	struct rlimit memory = { 128 << 20, 128 << 20 };
	setrlimit(RLIMIT_AS, &memory);
	alarm(30);
	while (fgets(line, sizeof line, stdin) != NULL) {
		char *hex = strchr(line, ' ');
		if (hex == NULL)
			return 2;
		*hex++ = 0;
		size_t length = strcspn(hex, "\n") / 2;
		for (size_t i = 0; i < length; i++)
			sscanf(hex + 2 * i, "%2hhx", &in[i]);
		const struct type *type = find(line);
		if (type == NULL)
			return 3;
		answer(type, length);
	}
	return 0;
}
