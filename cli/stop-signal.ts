/** How a command that serves until it is told to stop is told. */

/** The first signal that asks to end; after it SIGTERM ends the process as it always does. */
export function stopSignal(interrupt: AbortSignal): Promise<'SIGTERM' | 'SIGINT'> {
  return new Promise((resolve) => {
    const terminated = (): void => ended('SIGTERM');
    const interrupted = (): void => ended('SIGINT');
    const ended = (why: 'SIGTERM' | 'SIGINT'): void => {
      process.off('SIGTERM', terminated);
      interrupt.removeEventListener('abort', interrupted);
      resolve(why);
    };
    process.on('SIGTERM', terminated);
    if (interrupt.aborted) interrupted();
    else interrupt.addEventListener('abort', interrupted);
  });
}
