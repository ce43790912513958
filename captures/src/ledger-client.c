/*
 * One session with the ledger service: every procedure, every arm, and the ways a call can fail.
 * Prints the number of calls sent, the independent count that the manifest is checked against.
 * usage: ledger-client tcp|udp PORT
 */
#include <arpa/inet.h>
#include <rpc/rpc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "ledger.h"

enum { STREAM_BUFFER = 4000 };

static struct timeval patience = { 5, 0 };
static int calls;

static CLIENT *reach(const char *transport, int port, rpcprog_t program, rpcvers_t version)
{
	struct sockaddr_in at = { .sin_family = AF_INET, .sin_port = htons(port) };
	int fd = RPC_ANYSOCK;
	struct timeval retry = { 5, 0 };
	at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	CLIENT *client = strcmp(transport, "tcp") == 0
		? clnttcp_create(&at, program, version, &fd, STREAM_BUFFER, STREAM_BUFFER)
		: clntudp_create(&at, program, version, retry, &fd);
	if (client == NULL) {
		clnt_pcreateerror("ledger-client");
		exit(1);
	}
	return client;
}

static void call(CLIENT *client, rpcproc_t procedure, void *in, void *args, void *out, void *result, enum clnt_stat expected)
{
	enum clnt_stat got = clnt_call(client, procedure, (xdrproc_t)in, args, (xdrproc_t)out, result, patience);
	calls++;
	if (got != expected) {
		fprintf(stderr, "ledger-client: procedure %u answered %s\n", (unsigned)procedure, clnt_sperrno(got));
		exit(1);
	}
}

static void post(CLIENT *client, const char *name, entry_body body)
{
	post_args args = { .account = (char *)name, .at = { 1700000000u + calls, 125000000u }, .body = body };
	post_result result;
	memset(&result, 0, sizeof result);
	for (unsigned i = 0; i < sizeof args.seal; i++)
		args.seal[i] = (char)(0xa0 + i);
	call(client, LEDGER_POST, xdr_post_args, &args, xdr_post_result, &result, RPC_SUCCESS);
}

static void open_account(CLIENT *client, const char *name, currency unit, bool_t frozen, const char *heir)
{
	u_int limits[] = { 100, 2500, 4294967295u };
	account_name inherits = (char *)heir;
	account asked = { .name = (char *)name, .balance = { unit, 0 }, .frozen = frozen, .heir = heir ? &inherits : NULL };
	status result;
	asked.limits.limits_len = frozen ? 0 : 3;
	asked.limits.limits_val = limits;
	call(client, LEDGER_OPEN, xdr_account, &asked, xdr_status, &result, RPC_SUCCESS);
}

static void ask_statement(CLIENT *client, const char *name)
{
	account_name asked = (char *)name;
	statement_result result;
	memset(&result, 0, sizeof result);
	call(client, LEDGER_STATEMENT, xdr_account_name, &asked, xdr_statement_result, &result, RPC_SUCCESS);
}

static void ordinary_day(CLIENT *client)
{
	entry_body deposit = { .kind = DEPOSIT, .entry_body_u.sum = { EUR, 9007199254740993LL } };
	entry_body transfer = { .kind = TRANSFER, .entry_body_u.out = { (char *)"bob", { EUR, 1250 } } };
	entry_body overdraft = { .kind = TRANSFER, .entry_body_u.out = { (char *)"bob", { EUR, 9223372036854775807LL } } };
	entry_body fee = { .kind = FEE, .entry_body_u.rate = 0.0125 };
	entry_body remark = { .kind = REMARK, .entry_body_u.text = (char *)"Gr\xc3\xbc\xc3\x9f" "e aus K\xc3\xb6ln" };
	entry_body audit = { .kind = AUDIT };

	call(client, LEDGER_NULL, xdr_void, NULL, xdr_void, NULL, RPC_SUCCESS);
	open_account(client, "alice", EUR, FALSE, "bob");
	open_account(client, "bob", JPY, FALSE, NULL);
	open_account(client, "vault", GBP, TRUE, NULL);
	post(client, "alice", deposit);
	post(client, "alice", transfer);
	post(client, "alice", fee);
	post(client, "alice", remark);
	post(client, "alice", audit);
	post(client, "alice", overdraft);
	post(client, "vault", deposit);
	post(client, "nobody", fee);
	ask_statement(client, "alice");
	ask_statement(client, "bob");
	ask_statement(client, "nobody");
}

static void refusals(const char *transport, int port)
{
	CLIENT *client = reach(transport, port, LEDGER, LEDGER_V1);
	/* A name longer than MAX_NAME. (A merely short one succeeds over UDP: libtirpc reads the last datagram's bytes.) */
	u_int odd = 100;
	call(client, 99, xdr_void, NULL, xdr_void, NULL, RPC_PROCUNAVAIL);
	call(client, LEDGER_POST, xdr_u_int, &odd, xdr_void, NULL, RPC_CANTDECODEARGS);
	clnt_destroy(client);
	client = reach(transport, port, LEDGER, 9);
	call(client, 0, xdr_void, NULL, xdr_void, NULL, RPC_PROGVERSMISMATCH);
	clnt_destroy(client);
	client = reach(transport, port, LEDGER + 1, 1);
	call(client, 0, xdr_void, NULL, xdr_void, NULL, RPC_PROGUNAVAIL);
	clnt_destroy(client);
}

int main(int argc, char **argv)
{
	if (argc != 3) {
		fprintf(stderr, "usage: ledger-client tcp|udp PORT\n");
		return 2;
	}
	const char *transport = argv[1];
	int port = atoi(argv[2]);

	CLIENT *client = reach(transport, port, LEDGER, LEDGER_V1);
	auth_destroy(client->cl_auth);
	gid_t groups[] = { 100, 4, 27 };
	client->cl_auth = authunix_create((char *)"desk.example", 1000, 100, 3, groups);
	ordinary_day(client);
	auth_destroy(client->cl_auth);
	clnt_destroy(client);

	client = reach(transport, port, LEDGER, LEDGER_V2);
	u_int sizes[] = { 0, 5, 6000 };
	for (int i = 0; i < 3; i++) {
		image result = { 0, NULL };
		call(client, LEDGER2_SCAN, xdr_u_int, &sizes[i], xdr_image, &result, RPC_SUCCESS);
	}
	clnt_destroy(client);

	refusals(transport, port);
	printf("%d\n", calls);
	return 0;
}
