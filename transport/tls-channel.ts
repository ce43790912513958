/**
 * TLS around a connected socket, either side. The client verifies certificate and name unless told not to, and says
 * so aloud then. The server takes no, optional or required client certificates; one that is shown must verify; a
 * list of allowed names is compared whole on every connection, resumed ones too. Failures are TransportError
 * TLS, or BAD_TARGET where the files named are at fault.
 */
import { constants, X509Certificate } from 'node:crypto';
import * as fs from 'node:fs';
import * as net from 'node:net';
import * as tls from 'node:tls';
import type { Channel, Endpoint, Security } from './channel.ts';
import {
  type DistinguishedName,
  formatName,
  parseDistinguishedName,
  parseSubject,
  sameName,
} from './distinguished-name.ts';
import { TransportError } from './errors.ts';
import { endpoint, HIGH_WATER, SocketChannel } from './net-channel.ts';

/** RFC 9289 section 5: the application protocol inside, and the only version of TLS. */
export const STARTTLS_ALPN = 'sunrpc';

/** Names of PEM files. */
export interface TlsFiles {
  readonly ca?: string;
  readonly cert?: string;
  readonly key?: string;
}

export interface TlsClientOptions extends TlsFiles {
  /** the name the certificate must be for; default: the host connected to */
  readonly servername?: string;
  /** `none`: whoever answers is believed */
  readonly verify?: 'peer' | 'none';
  /** told that nothing is verified */
  readonly onInsecure?: (message: string) => void;
  /** a session to resume, and where new ones go */
  readonly session?: Buffer;
  readonly onSession?: (session: Buffer) => void;
}

export interface TlsServerOptions extends TlsFiles {
  readonly verifyClient?: 'none' | 'optional' | 'required';
  /** names allowed, as parseDistinguishedName reads them; implies `required` */
  readonly allow?: readonly string[];
}

export interface TlsSettings {
  /** RFC 9289 instead of TLS from the first byte */
  readonly starttls?: boolean;
  /** for a handshake; a listener looks at it anew for each connection */
  readonly timeoutMs?: number | undefined;
  /** where the secrets of sessions are appended (SSLKEYLOGFILE); null: nowhere */
  readonly keylog?: string | null;
  /** `from`: whose connection it was, where it was about one */
  readonly onProblem?: (error: Error, from?: Endpoint) => void;
}

const HANDSHAKE_MS = 10_000;

/** The longest that a timer of Node's can be. */
const NEVER_MS = 0x7fffffff;

/** Shakes hands as a client over `raw`, which must be connected and have nothing buffered. */
export function connectTls(
  raw: net.Socket,
  host: string,
  options: TlsClientOptions,
  settings: TlsSettings,
): Promise<Channel> {
  const { verify = 'peer', servername, session } = options;
  if (verify === 'none') options.onInsecure?.(`the certificate of ${host} is not verified (verify=none)`);
  const begin = (): tls.TLSSocket => {
    try {
      return made(() =>
        tls.connect({
          ...readFiles(options),
          socket: raw,
          host,
          // An address is no server name to send, but it is what the certificate must hold.
          servername: servername ?? (net.isIP(host) === 0 ? host : ''),
          rejectUnauthorized: verify !== 'none',
          ...versions(settings.starttls === true),
          ...(session === undefined ? {} : { session }),
        }),
      );
    } catch (error) {
      raw.destroy(); // nobody else has it now
      throw error;
    }
  };
  return new Promise((resolve, reject) => {
    const socket = begin();
    // An end within the handshake ends it; half-closing begins behind it.
    socket.allowHalfOpen = false;
    socket.on('keylog', (line: Buffer) => appendKeys(settings, line));
    const { onSession } = options;
    if (onSession !== undefined) socket.on('session', onSession);
    const timer = setTimeout(
      () => give(new TransportError('TIMEOUT', `the TLS handshake with ${host} takes too long`)),
      settings.timeoutMs ?? HANDSHAKE_MS,
    );
    const failed = (error: Error): void =>
      give(new TransportError('TLS', `TLS with ${host} failed: ${error.message}`, error));
    const ended = (): void =>
      give(new TransportError('TLS', `${host} closed the connection in the TLS handshake`));
    const settle = (): void => {
      clearTimeout(timer);
      socket.off('error', failed).off('close', ended);
    };
    const give = (error: Error): void => {
      settle();
      socket.on('error', () => {});
      socket.destroy();
      reject(error);
    };
    socket.once('error', failed).once('close', ended);
    socket.once('secureConnect', () => {
      if (settings.starttls === true && socket.alpnProtocol !== STARTTLS_ALPN) {
        give(new TransportError('STARTTLS', `${host} did not agree on ALPN ${STARTTLS_ALPN}`));
        return;
      }
      settle();
      socket.allowHalfOpen = true;
      resolve(new SocketChannel(socket, { kind: 'tls', raw, security: securityOf(socket) }));
    });
  });
}

/** The server's side of TLS for one listener. */
export interface TlsAcceptor {
  /**
   * Shakes hands over `raw`; `ready` gets the channel, or `raw` is destroyed and `onProblem` told once. `leftMs`: what
   * is left of the time for it, where some was spent before.
   */
  accept(raw: net.Socket, ready: (channel: Channel) => void, leftMs?: number): void;
  /** takes the files' new contents for connections to come */
  reload(): void;
}

/** A connection within its handshake. */
interface Waiting {
  readonly raw: net.Socket;
  readonly ready: (channel: Channel) => void;
  /** its handshake is over, one way or the other */
  settle(): void;
  /** tells, once, that there will be no connection; ending it is the caller's, from above while TLS is at work */
  fail(why: string, cause?: Error): void;
}

/** Throws TransportError BAD_TARGET when the files are no certificate and key, and for a bad allowed name. */
export function tlsAcceptor(options: TlsServerOptions, settings: TlsSettings): TlsAcceptor {
  const allowed = (options.allow ?? []).map(parseDistinguishedName);
  const verify = allowed.length > 0 ? 'required' : (options.verifyClient ?? 'none');
  if (options.cert === undefined || options.key === undefined) {
    throw new TransportError('BAD_TARGET', 'a TLS listener needs a certificate and its key');
  }
  const server = made(() =>
    tls.createServer({
      ...serverContext(options, settings),
      requestCert: verify !== 'none',
      // An optional certificate is judged below, once it is known whether there is one.
      rejectUnauthorized: verify === 'required',
      // Ours below is asked for with each connection, and may change; Node's is fixed.
      handshakeTimeout: NEVER_MS,
      highWaterMark: HIGH_WATER,
    }),
  );
  /** by the connection's two ends, which no other open connection has */
  const waiting = new Map<string, Waiting>();
  /** whose a handshake is: a socket that has hung up no longer says which ends it had */
  const known = new WeakMap<tls.TLSSocket, Waiting>();
  const find = (socket: tls.TLSSocket): Waiting | undefined =>
    known.get(socket) ?? waiting.get(endsOf(socket));
  server.on('keylog', (line: Buffer, socket: tls.TLSSocket) => {
    const one = find(socket);
    if (one !== undefined) known.set(socket, one);
    appendKeys(settings, line);
  });
  server.on('tlsClientError', (error: NodeJS.ErrnoException & { reason?: string }, socket: tls.TLSSocket) => {
    // Node hangs up on a certificate that does not verify, and reports only that.
    const { authorizationError } = socket;
    if (authorizationError) {
      find(socket)?.fail(
        `is refused: its certificate does not verify (${String(authorizationError)})`,
        error,
      );
    } else if (error.code !== 'ECONNRESET') {
      find(socket)?.fail(`fails its TLS handshake: ${error.reason ?? error.message}`, error);
    }
    socket.destroy();
  });
  server.on('secureConnection', (socket: tls.TLSSocket) => {
    const found = waiting.get(endsOf(socket));
    if (found === undefined) {
      socket.destroy();
      return;
    }
    const security = securityOf(socket);
    const fault = refusal(security, verify, allowed, settings, socket);
    if (fault !== null) {
      found.fail(`is refused: ${fault}`);
      socket.on('error', () => {});
      socket.destroy();
      return;
    }
    found.settle();
    socket.allowHalfOpen = true;
    found.ready(new SocketChannel(socket, { kind: 'tls', raw: found.raw, security }));
  });
  return {
    accept(raw, ready, leftMs = settings.timeoutMs ?? HANDSHAKE_MS) {
      const ends = endsOf(raw);
      if (raw.remoteAddress === undefined) {
        raw.destroy(); // gone before it was looked at
        return;
      }
      // The kernel gave these ends out again: the connection that had them is over, and just has not heard of it.
      waiting.get(ends)?.raw.destroy();
      const from = endpoint(raw.remoteAddress, raw.remotePort);
      const timer = setTimeout(() => {
        one.fail('takes too long over its TLS handshake');
        raw.destroy();
      }, leftMs);
      let over = false;
      const forget = (): void => {
        if (waiting.get(ends) === one) waiting.delete(ends);
      };
      const one: Waiting = {
        raw,
        ready,
        settle: () => {
          over = true;
          clearTimeout(timer);
          forget();
        },
        fail: (why, cause) => {
          if (over) return;
          one.settle();
          settings.onProblem?.(new TransportError('TLS', `${from.address} ${why}`, cause), from);
        },
      };
      waiting.set(ends, one);
      raw.once('close', () => {
        forget();
        // Node may know more of why, and says so behind this.
        setImmediate(() => one.fail('hung up in its TLS handshake'));
      });
      // TLS takes this over from below: an end within the handshake ends it; half-closing begins behind it.
      raw.allowHalfOpen = false;
      server.emit('connection', raw);
    },
    reload() {
      made(() => server.setSecureContext(serverContext(options, settings)));
    },
  };
}

/** Why a finished handshake is not enough, or null. */
function refusal(
  security: Security,
  verify: 'none' | 'optional' | 'required',
  allowed: readonly DistinguishedName[],
  settings: TlsSettings,
  socket: tls.TLSSocket,
): string | null {
  if (settings.starttls === true && security.alpn !== STARTTLS_ALPN) return `no ALPN ${STARTTLS_ALPN}`;
  if (verify === 'none') return null;
  const { peerName } = security;
  if (peerName === null) return verify === 'required' ? 'no client certificate' : null;
  if (!security.authorized) return `its certificate does not verify (${String(socket.authorizationError)})`;
  if (allowed.length > 0 && !allowed.some((name) => sameName(name, peerName))) {
    return `${formatName(peerName)} is not among the allowed names`;
  }
  return null;
}

function securityOf(socket: tls.TLSSocket): Security {
  const certificate = socket.getPeerX509Certificate();
  return {
    protocol: socket.getProtocol() ?? '',
    cipher: socket.getCipher().name,
    alpn: socket.alpnProtocol || null,
    authorized: socket.authorized,
    peerName: certificate === undefined ? null : parseSubject(certificate.subject),
  };
}

function versions(starttls: boolean): tls.CommonConnectionOptions & tls.SecureContextOptions {
  return starttls ? { minVersion: 'TLSv1.3', ALPNProtocols: [STARTTLS_ALPN] } : { minVersion: 'TLSv1.2' };
}

function serverContext(options: TlsServerOptions, { starttls }: TlsSettings): tls.TlsOptions {
  // Whom we let in was judged once: no other certificate and no further handshake later (TLS 1.2).
  const secureOptions = constants.SSL_OP_NO_RENEGOTIATION;
  return { ...readFiles(options), ...versions(starttls === true), secureOptions };
}

/** Both ends: on a wildcard address a client's own end may be that of several connections. */
function endsOf({ localAddress, localPort, remoteAddress, remotePort }: net.Socket): string {
  return `${localAddress} ${localPort} ${remoteAddress} ${remotePort}`;
}

function readFiles({ ca, cert, key }: TlsFiles): { ca?: Buffer; cert?: Buffer; key?: Buffer } {
  const read = (file: string): Buffer => made(() => fs.readFileSync(file));
  return {
    ...(ca === undefined ? {} : { ca: authorities(ca, read(ca)) }),
    ...(cert === undefined ? {} : { cert: read(cert) }),
    ...(key === undefined ? {} : { key: read(key) }),
  };
}

const CERTIFICATE = /^(?=-----BEGIN (?:X509 |TRUSTED )?CERTIFICATE-----)/m;

/** OpenSSL takes the certificates up to the first that is none, and no certificate too: nobody would verify then. */
function authorities(file: string, pem: Buffer): Buffer {
  const [, ...certificates] = `\n${pem.toString('latin1')}`.split(CERTIFICATE);
  if (certificates.length === 0) throw new TransportError('BAD_TARGET', `${file} holds no certificate`);
  for (const [i, certificate] of certificates.entries()) {
    try {
      new X509Certificate(certificate);
    } catch (error) {
      const reason = (error as Error).message;
      throw new TransportError('BAD_TARGET', `${file}: certificate ${i + 1} is damaged: ${reason}`, error);
    }
  }
  return pem;
}

function made<T>(make: () => T): T {
  try {
    return make();
  } catch (error) {
    if (error instanceof TransportError) throw error;
    throw new TransportError('BAD_TARGET', `certificate or key: ${(error as Error).message}`, error);
  }
}

/** Written at once: whoever decrypts a live capture needs the secrets before the data. */
function appendKeys(settings: TlsSettings, line: Buffer): void {
  const file = settings.keylog === undefined ? process.env.SSLKEYLOGFILE : settings.keylog;
  if (file === null || file === undefined || file === '') return;
  try {
    fs.appendFileSync(file, line, { mode: 0o600 });
  } catch (error) {
    settings.onProblem?.(error as Error);
  }
}
