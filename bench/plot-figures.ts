import type { Figure } from './figure.ts';
import { plot } from './plot.ts';

/** How far each figure is beyond its target: 1 = exactly reached; rates and times alike, to the right is better. */
export async function plotFigures(
  name: string,
  figures: readonly Figure[],
): Promise<void> {
  const judged = figures.filter(
    ({ met, ratio }) => met !== undefined && ratio !== '',
  );
  if (judged.length === 0) return;
  await plot(name, {
    type: 'bar',
    data: {
      labels: judged.map(({ what }) => what),
      datasets: [
        {
          label: 'ratio over its target (1 = reached, more is better)',
          data: judged.map(reach),
          backgroundColor: judged.map(({ met }) =>
            met ? '#2a7f62' : '#b5442c',
          ),
        },
      ],
    },
    options: {
      indexAxis: 'y',
      layout: { padding: 12 },
      scales: { x: { beginAtZero: true, suggestedMax: 2 } },
    },
  });
}

function reach({ ratio, target }: Figure): number {
  const reached = Number.parseFloat(ratio);
  const wanted = Number(target.replace(/\D*/, ''));
  return target.startsWith('at least') ? reached / wanted : wanted / reached;
}
