import { assertNever } from '#domain';
import type { RecorderLog, RecorderNews } from '#recorder';

/** One line of the log for each thing that a recorder tells. */
export function newsText(news: RecorderNews): string {
  switch (news.kind) {
    case 'connected':
      return `${news.venue} ${news.connection}: connected`;
    case 'live':
      return `${news.venue} ${news.connection}: live, every subscription is acknowledged`;
    case 'disconnected':
      return `${news.venue} ${news.connection}: disconnected, ${news.reason}`;
    case 'waiting':
      return `${news.venue} ${news.connection}: connecting again in ${(news.waitMs / 1000).toFixed(1)} s (${news.reason})`;
    case 'refused':
      return `${news.venue} ${news.connection}: ${news.key} refused, ${news.code} ${news.message}${news.isFinal ? '; not asked again' : ''}`;
    case 'stopped':
      return `${news.venue} ${news.connection}: stopped for good, ${news.code} ${news.message}`;
    case 'rest-failed':
      return `${news.venue} ${news.connection}: ${news.endpoint} failed, ${news.code} ${news.message}`;
    case 'silent':
      return `${news.venue}: channel ${news.channel} silent for ${Math.round(news.silentMs / 1000)} s while its market is open`;
    case 'note':
      return news.message;
    default:
      return assertNever(news);
  }
}

/** What went wrong is a warning, what went well is none; the fields are those of the news. */
const QUIET: ReadonlySet<RecorderNews['kind']> = new Set(['connected', 'live', 'note']);

/** The same in the log. */
export function sayNews(log: RecorderLog, news: RecorderNews): void {
  const { kind, ...fields } = news;
  if (QUIET.has(kind)) log.info(newsText(news), { news: kind, ...fields });
  else log.warn(newsText(news), { news: kind, ...fields });
}
