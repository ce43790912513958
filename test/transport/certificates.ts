/** Certificates for the TLS tests, made on the spot with openssl: short-lived, elliptic, in a directory of the test's. */
import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';

export interface Certificate {
  readonly cert: string;
  readonly key: string;
}

export interface Certificates {
  readonly ca: string;
  /** for localhost, 127.0.0.1 and ::1 */
  readonly server: Certificate;
  /** for localhost too, with another key */
  readonly renewed: Certificate;
  /** for other.example only */
  readonly misnamed: Certificate;
  /** C=GB, O=Oncilla\, Inc, CN=alice */
  readonly alice: Certificate;
  /** as alice, and OU=guests between: a name that contains all of hers */
  readonly bob: Certificate;
  /** signed by nobody we know */
  readonly rogue: Certificate;
}

export function hasOpenssl(): boolean {
  return spawnSync('openssl', ['version']).status === 0;
}

export function makeCertificates(path: (name: string) => string): Certificates {
  const run = (...args: string[]): void => {
    const { status, stderr } = spawnSync('openssl', args, { encoding: 'utf8' });
    if (status !== 0) throw new Error(`openssl ${args[0]}: ${stderr}`);
  };
  const curve = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '30'];
  const ca = { cert: path('ca.pem'), key: path('ca.key') };
  run('req', '-x509', ...curve, '-subj', '/CN=Oncilla test CA', '-keyout', ca.key, '-out', ca.cert);
  const signed = (name: string, subject: string, extension?: string): Certificate => {
    const made = { cert: path(`${name}.pem`), key: path(`${name}.key`) };
    const request = path(`${name}.csr`);
    run('req', '-new', ...curve.slice(0, -2), '-subj', subject, '-keyout', made.key, '-out', request);
    const more: string[] = [];
    if (extension !== undefined) {
      writeFileSync(path(`${name}.ext`), extension);
      more.push('-extfile', path(`${name}.ext`));
    }
    run(
      'x509',
      '-req',
      '-in',
      request,
      '-CA',
      ca.cert,
      '-CAkey',
      ca.key,
      '-CAcreateserial',
      '-days',
      '30',
      '-out',
      made.cert,
      ...more,
    );
    return made;
  };
  const local = 'subjectAltName=DNS:localhost,IP:127.0.0.1,IP:::1';
  const rogue = { cert: path('rogue.pem'), key: path('rogue.key') };
  run(
    'req',
    '-x509',
    ...curve,
    '-subj',
    '/C=GB/O=Oncilla, Inc/CN=alice',
    '-keyout',
    rogue.key,
    '-out',
    rogue.cert,
  );
  return {
    ca: ca.cert,
    server: signed('server', '/CN=localhost', local),
    renewed: signed('renewed', '/CN=renewed', local),
    misnamed: signed('misnamed', '/CN=localhost', 'subjectAltName=DNS:other.example'),
    alice: signed('alice', '/C=GB/O=Oncilla, Inc/CN=alice'),
    bob: signed('bob', '/C=GB/O=Oncilla, Inc/OU=guests/CN=alice'),
    rogue,
  };
}
