/**
 * A URL that a command listens on, checked before anything listens: of a kind that can, with its certificate where it
 * is TLS, and in the clear off loopback only where that is allowed. Throws CliError.
 */
import { isLoopback, parseTarget, type Target, targetUrl } from '../transport/target.ts';
import type { Arguments } from './arguments.ts';
import { callFailure } from './call-failure.ts';
import { CliError } from './errors.ts';

/** `option` named the URL; `risk`: what --insecure-listen would let others do. */
export function listenTarget(option: string, url: string, args: Arguments, risk: string): Target {
  let target: Target;
  try {
    target = parseTarget(url);
  } catch (e) {
    throw callFailure(option, e);
  }
  const { kind, host, params } = target;
  if (kind === 'ssh' || kind === 'fd')
    throw new CliError(option, `nothing of ours listens on ${targetUrl(target)}`);
  if (kind === 'tls' && !(params.has('cert') && params.has('key'))) {
    throw new CliError(option, 'tls:// needs ?cert=FILE&key=FILE');
  }
  const isClear = kind === 'tcp' || kind === 'udp';
  if (isClear && !isLoopback(host) && !args.has('insecure-listen')) {
    throw new CliError(option, `${host} is not loopback, and this listener is in the clear`, {
      hint: `--insecure-listen allows it: ${risk}`,
    });
  }
  return target;
}
