import type { ChartConfiguration } from 'chart.js';
import { plot } from '../plot.ts';
import { PROTOCOLS } from './eager-assignor.ts';
import { takenOverMs } from './gaps.ts';
import { PARTITIONS, type Episode, type Happening } from './match.ts';

const COLOURS = [
  '#2a7f62',
  '#b5442c',
  '#2f6db5',
  '#c79a2b',
  '#7a4fa3',
  '#3c3c3c',
  '#d1679b',
  '#5fa8a8',
  '#8a8a3c',
];
/** What is shown, in milliseconds from the event. */
const FROM = -500;
const TO = 1_500;
/** Rows between the two protocols. */
const SPACE = 2;

/** Each record that was handled as a dot, a row for each partition, a colour for each member: ours above eager. */
export async function plotRebalance(
  episodes: readonly Episode[],
): Promise<void> {
  const last = (happening: Happening) =>
    PROTOCOLS.map((protocol) =>
      episodes.findLast(
        (each) => each.happening === happening && each.protocol === protocol,
      ),
    );
  await plot('groups-rebalance.png', chartOf(last('joins'), 'a member joins'));
  await plot(
    'groups-rebalance-death.png',
    chartOf(last('dies'), 'what a killed member had is taken over'),
  );
}

function chartOf(
  shown: readonly (Episode | undefined)[],
  event: string,
): ChartConfiguration<'scatter'> {
  const dots = shown.flatMap((episode, place) => dotsOf(episode, place));
  const byPlayer = Map.groupBy(dots, ({ player }) => player);
  return {
    type: 'scatter',
    data: {
      datasets: [...byPlayer].map(([player, data]) => ({
        data,
        pointRadius: 1.6,
        pointBorderWidth: 0,
        pointBackgroundColor: COLOURS[player % COLOURS.length] as string,
      })),
    },
    options: {
      layout: { padding: 12 },
      plugins: {
        legend: { display: false },
        title: {
          display: true,
          text: `Records handled, a row for each partition, a colour for each member. At 0 ${event}. Above: ours; below: eager`,
        },
      },
      scales: {
        x: {
          min: FROM,
          max: TO,
          title: { display: true, text: 'milliseconds' },
        },
        y: { ticks: { display: false }, grid: { display: false } },
      },
    },
  };
}

function dotsOf(episode: Episode | undefined, place: number) {
  if (!episode) return [];
  const { at, handled, happening } = episode;
  const zero = happening === 'dies' ? at + takenOverMs(episode) : at;
  const base = place === 0 ? PARTITIONS + SPACE : 0;
  return handled
    .map((each) => ({
      player: each.player,
      x: each.at - zero,
      y: base + each.partition,
    }))
    .filter(({ x }) => x >= FROM && x <= TO);
}
