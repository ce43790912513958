/*
 * The ledger service over TCP and UDP on 127.0.0.1:PORT, no portmapper. One account book in memory.
 * usage: ledger-server PORT [SERVICE@HOST]
 * With a service it takes RPCSEC_GSS too, by the Kerberos key that KRB5_KTNAME names; built without the headers of
 * Kerberos (libkrb5-dev) it knows no services.
 */
#include <arpa/inet.h>
#include <rpc/rpc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#if __has_include(<gssapi/gssapi.h>)
#include <rpc/rpcsec_gss.h>
#else
#define rpc_gss_set_svc_name(service, mechanism, time, program, version) FALSE
#endif

#include "ledger.h"

/* A small send buffer makes libtirpc split long replies into several record fragments. */
enum { STREAM_BUFFER = 4000, MAX_ACCOUNTS = 8, MAX_ENTRIES = 32 };

void ledger_1(struct svc_req *, SVCXPRT *);
void ledger_2(struct svc_req *, SVCXPRT *);

struct book {
	account holder;
	entry entries[MAX_ENTRIES];
	unsigned count;
};

static struct book books[MAX_ACCOUNTS];
static unsigned opened;

static struct book *find(const char *name)
{
	for (unsigned i = 0; i < opened; i++)
		if (strcmp(books[i].holder.name, name) == 0)
			return &books[i];
	return NULL;
}

/* The arguments are freed after the call, so what is kept is copied through the encoder itself. */
static bool_t copy(xdrproc_t how, void *from, void *to)
{
	static char buffer[4096];
	XDR out, in;
	xdrmem_create(&out, buffer, sizeof buffer, XDR_ENCODE);
	xdrmem_create(&in, buffer, sizeof buffer, XDR_DECODE);
	return how(&out, from) && how(&in, to);
}

status *ledger_open_1_svc(account *asked, struct svc_req *request)
{
	static status answer;
	(void)request;
	answer = FROZEN;
	if (opened < MAX_ACCOUNTS && find(asked->name) == NULL) {
		struct book *book = &books[opened];
		memset(book, 0, sizeof *book);
		if (copy((xdrproc_t)xdr_account, asked, &book->holder)) {
			opened++;
			answer = DONE;
		}
	}
	return &answer;
}

post_result *ledger_post_1_svc(post_args *asked, struct svc_req *request)
{
	static post_result answer;
	struct book *book = find(asked->account);
	int64_t change = 0;
	(void)request;
	memset(&answer, 0, sizeof answer);
	if (book == NULL || book->count == MAX_ENTRIES) {
		answer.code = NO_ACCOUNT;
		return &answer;
	}
	if (book->holder.frozen) {
		answer.code = FROZEN;
		return &answer;
	}
	if (asked->body.kind == DEPOSIT)
		change = asked->body.entry_body_u.sum.minor;
	if (asked->body.kind == TRANSFER)
		change = -asked->body.entry_body_u.out.sum.minor;
	if (book->holder.balance.minor + change < 0) {
		answer.code = OVERDRAWN;
		answer.post_result_u.missing.unit = book->holder.balance.unit;
		answer.post_result_u.missing.minor = -(book->holder.balance.minor + change);
		return &answer;
	}
	entry *kept = &book->entries[book->count++];
	memset(kept, 0, sizeof *kept);
	kept->number = book->count;
	kept->at = asked->at;
	copy((xdrproc_t)xdr_entry_body, &asked->body, &kept->body);
	book->holder.balance.minor += change;
	answer.code = DONE;
	answer.post_result_u.entry.number = kept->number;
	answer.post_result_u.entry.balance = book->holder.balance;
	return &answer;
}

statement_result *ledger_statement_1_svc(account_name *asked, struct svc_req *request)
{
	static statement_result answer;
	struct book *book = find(*asked);
	(void)request;
	memset(&answer, 0, sizeof answer);
	if (book == NULL) {
		answer.code = NO_ACCOUNT;
		return &answer;
	}
	statement *page = &answer.statement_result_u.page;
	answer.code = DONE;
	page->holder = book->holder;
	for (unsigned i = 0; i < book->count; i++)
		book->entries[i].next = i + 1 < book->count ? &book->entries[i + 1] : NULL;
	page->entries = book->count > 0 ? &book->entries[0] : NULL;
	page->share[0] = 0.5f;
	page->share[1] = 0.25f;
	page->share[2] = -1.5f;
	return &answer;
}

void *ledger_null_1_svc(void *nothing, struct svc_req *request)
{
	static char answer;
	(void)nothing;
	(void)request;
	return &answer;
}

void *ledger2_null_2_svc(void *nothing, struct svc_req *request) { return ledger_null_1_svc(nothing, request); }
status *ledger2_open_2_svc(account *asked, struct svc_req *request) { return ledger_open_1_svc(asked, request); }
post_result *ledger2_post_2_svc(post_args *asked, struct svc_req *request) { return ledger_post_1_svc(asked, request); }
statement_result *ledger2_statement_2_svc(account_name *asked, struct svc_req *request)
{
	return ledger_statement_1_svc(asked, request);
}

image *ledger2_scan_2_svc(u_int *asked, struct svc_req *request)
{
	static image answer;
	static char bytes[MAX_IMAGE];
	(void)request;
	answer.image_val = bytes;
	answer.image_len = *asked < MAX_IMAGE ? *asked : MAX_IMAGE;
	for (u_int i = 0; i < answer.image_len; i++)
		bytes[i] = (char)(i * 7 + i / 251);
	return &answer;
}

static int listener(int type, int port)
{
	struct sockaddr_in at = { .sin_family = AF_INET, .sin_port = htons(port) };
	int on = 1, fd = socket(AF_INET, type, 0);
	at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) != 0 ||
	    bind(fd, (struct sockaddr *)&at, sizeof at) != 0 || (type == SOCK_STREAM && listen(fd, 8) != 0)) {
		perror("ledger-server");
		exit(1);
	}
	return fd;
}

int main(int argc, char **argv)
{
	int port = argc == 2 || argc == 3 ? atoi(argv[1]) : 0;
	if (port <= 0) {
		fprintf(stderr, "usage: ledger-server PORT [SERVICE@HOST]\n");
		return 2;
	}
	if (argc == 3 && !rpc_gss_set_svc_name(argv[2], "kerberos_v5", 0, LEDGER, LEDGER_V1)) {
		fprintf(stderr, "ledger-server: no Kerberos key for %s\n", argv[2]);
		return 1;
	}
	SVCXPRT *tcp = svctcp_create(listener(SOCK_STREAM, port), STREAM_BUFFER, STREAM_BUFFER);
	SVCXPRT *udp = svcudp_create(listener(SOCK_DGRAM, port));
	/* Protocol 0: registered in this process only, not with a portmapper. */
	if (tcp == NULL || udp == NULL || !svc_register(tcp, LEDGER, LEDGER_V1, ledger_1, 0) ||
	    !svc_register(tcp, LEDGER, LEDGER_V2, ledger_2, 0) || !svc_register(udp, LEDGER, LEDGER_V1, ledger_1, 0) ||
	    !svc_register(udp, LEDGER, LEDGER_V2, ledger_2, 0)) {
		fprintf(stderr, "ledger-server: cannot listen on port %d\n", port);
		return 1;
	}
	svc_run();
	return 1;
}
