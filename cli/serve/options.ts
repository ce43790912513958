/** The options of `oncilla serve`. */
import type { OptionTable } from '../command.ts';
import { LIMIT_OPTIONS } from './limits.ts';
import { LEVELS } from './log.ts';

export const SERVE_OPTIONS = {
  driver: {
    value: 'URI',
    repeat: true,
    describe: 'a back end: test:///default or test:///FILE.xml (default: test:///default)',
  },
  listen: {
    value: 'URL',
    repeat: true,
    describe: 'tcp://, udp://, unix:///, tls://; ?access=ro|rw (default: tcp://127.0.0.1:16609)',
  },
  'insecure-listen': { describe: 'allow listeners in the clear on addresses that others can reach' },
  'state-dir': { value: 'DIR', describe: 'keep definitions here; without it nothing survives the daemon' },
  'tls-cert': { value: 'FILE', describe: 'certificate of tls:// listeners (PEM)' },
  'tls-key': { value: 'FILE', describe: 'its private key (PEM)' },
  'tls-ca': { value: 'FILE', describe: 'authorities of client certificates (PEM)' },
  'tls-verify-client': { describe: 'clients need a certificate of these authorities' },
  'tls-allow': {
    value: 'DN',
    repeat: true,
    describe: 'only clients with this distinguished name (implies --tls-verify-client)',
  },
  rpcbind: { describe: 'register with the rpcbind of this machine' },
  record: { value: 'FILE.pcapng', describe: 'record every message' },
  metrics: { value: 'HOST:PORT', describe: 'answer GET /metrics with counters for Prometheus' },
  drain: { value: 'S', minimum: 0, describe: 'how long SIGTERM lets calls in flight end (10)' },
  'log-level': { value: 'LEVEL', choices: LEVELS, describe: 'the least that is logged (info)' },
  seed: { value: 'TEXT', describe: 'what the UUIDs of test drivers follow from (oncilla)' },
  ...LIMIT_OPTIONS,
} as const satisfies OptionTable;
