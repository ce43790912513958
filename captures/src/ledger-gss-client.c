/*
 * The ledger service asked under RPCSEC_GSS: contexts made and ended on two connections, calls under krb5, krb5i and
 * krb5p, one call under a service that its context has not, and one context refused. Prints the number of calls sent, context messages
 * included.
 * usage: ledger-gss-client PORT SERVICE@HOST
 */
#include <arpa/inet.h>
#include <rpc/auth_gss.h>
#include <rpc/rpc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "ledger.h"

enum { STREAM_BUFFER = 4000 };

/* 1.2.840.113554.1.2.2; libtirpc keeps its own to itself */
static gss_OID_desc kerberos = { 9, (void *)"\x2a\x86\x48\x86\xf7\x12\x01\x02\x02" };

static struct timeval patience = { 5, 0 };
static int calls;

static void call(CLIENT *client, rpcproc_t procedure, void *in, void *args, void *out, void *result, enum clnt_stat expected)
{
	enum clnt_stat got = clnt_call(client, procedure, (xdrproc_t)in, args, (xdrproc_t)out, result, patience);
	calls++;
	if (got != expected) {
		fprintf(stderr, "ledger-gss-client: procedure %u answered %s\n", (unsigned)procedure, clnt_sperrno(got));
		exit(1);
	}
}

static CLIENT *reach(int port)
{
	struct sockaddr_in at = { .sin_family = AF_INET, .sin_port = htons(port) };
	int fd = RPC_ANYSOCK;
	at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	CLIENT *client = clnttcp_create(&at, LEDGER, LEDGER_V1, &fd, STREAM_BUFFER, STREAM_BUFFER);
	if (client == NULL) {
		clnt_pcreateerror("ledger-gss-client");
		exit(1);
	}
	return client;
}

/* Sends one INIT, which is all that Kerberos needs. NULL: refused. */
static AUTH *begin(CLIENT *client, char *service, rpc_gss_svc_t protection)
{
	struct rpc_gss_sec how = { &kerberos, GSS_C_QOP_DEFAULT, protection, GSS_C_NO_CREDENTIAL, GSS_C_MUTUAL_FLAG };
	AUTH *auth = authgss_create_default(client, service, &how);
	calls++;
	return auth;
}

static void use(CLIENT *client, AUTH *auth)
{
	if (auth == NULL) {
		clnt_pcreateerror("ledger-gss-client");
		exit(1);
	}
	client->cl_auth = auth;
}

/* Sends a DESTROY. */
static void end(CLIENT *client)
{
	auth_destroy(client->cl_auth);
	client->cl_auth = NULL;
	calls++;
}

static void open_account(CLIENT *client, const char *name)
{
	u_int limits[] = { 100, 2500, 4294967295u };
	account_name heir = (char *)"bob";
	account asked = { .name = (char *)name, .balance = { EUR, 0 }, .limits = { 3, limits }, .heir = &heir };
	status result;
	call(client, LEDGER_OPEN, xdr_account, &asked, xdr_status, &result, RPC_SUCCESS);
}

static void post(CLIENT *client, const char *name, const char *text)
{
	entry_body remark = { .kind = REMARK, .entry_body_u.text = (char *)text };
	post_args args = { .account = (char *)name, .at = { 1700000000u, 125000000u }, .body = remark };
	post_result result;
	memset(&result, 0, sizeof result);
	call(client, LEDGER_POST, xdr_post_args, &args, xdr_post_result, &result, RPC_SUCCESS);
}

static void ask_statement(CLIENT *client, const char *name, enum clnt_stat expected)
{
	account_name asked = (char *)name;
	statement_result result;
	memset(&result, 0, sizeof result);
	call(client, LEDGER_STATEMENT, xdr_account_name, &asked, xdr_statement_result, &result, expected);
}

int main(int argc, char **argv)
{
	if (argc != 3) {
		fprintf(stderr, "usage: ledger-gss-client PORT SERVICE@HOST\n");
		return 2;
	}
	int port = atoi(argv[1]);
	char *service = argv[2];
	CLIENT *desk = reach(port);
	CLIENT *other = reach(port);

	use(desk, begin(desk, service, RPCSEC_GSS_SVC_NONE));
	call(desk, LEDGER_NULL, xdr_void, NULL, xdr_void, NULL, RPC_SUCCESS);
	open_account(desk, "alice");
	ask_statement(desk, "alice", RPC_SUCCESS);
	end(desk);

	use(desk, begin(desk, service, RPCSEC_GSS_SVC_INTEGRITY));
	use(other, begin(other, service, RPCSEC_GSS_SVC_PRIVACY));
	call(desk, LEDGER_NULL, xdr_void, NULL, xdr_void, NULL, RPC_SUCCESS);
	post(desk, "alice", "signed, for anyone to read");
	post(other, "alice", "sealed");
	ask_statement(desk, "nobody", RPC_SUCCESS);
	ask_statement(other, "alice", RPC_SUCCESS);

	/* Another service under the same context: libtirpc's server holds to the one it was made with. */
	authgss_service(desk->cl_auth, RPCSEC_GSS_SVC_PRIVACY);
	ask_statement(desk, "alice", RPC_CANTDECODEARGS);
	authgss_service(desk->cl_auth, RPCSEC_GSS_SVC_INTEGRITY);
	ask_statement(desk, "alice", RPC_SUCCESS);

	/* libtirpc's server has one context a connection */
	AUTH *mine = desk->cl_auth;
	if (begin(desk, service, RPCSEC_GSS_SVC_NONE) != NULL) {
		fprintf(stderr, "ledger-gss-client: a second context on one connection\n");
		return 1;
	}
	desk->cl_auth = mine;
	end(desk);
	end(other);

	printf("%d\n", calls);
	return 0;
}
