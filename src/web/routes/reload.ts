import type { Context } from 'koa';

/** Answers `POST /-/reload`: 200 when the new configuration is in force, 500 with the reason when the old one stays. */
export async function answerReload(ctx: Context, reload: () => Promise<void>): Promise<void> {
  try {
    await reload();
    ctx.body = 'The configuration was reloaded.\n';
  } catch (error) {
    ctx.status = 500;
    ctx.body = `The configuration was not reloaded, the old one stays in force: ${(error as Error).message}\n`;
  }
}
