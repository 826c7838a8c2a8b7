import { createCanvas } from '@napi-rs/canvas';
import { Chart, registerables, type ChartConfiguration } from 'chart.js';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { RESULTS } from './results.ts';

const WIDTH = 900;
const HEIGHT = 480;

Chart.register(...registerables);

/** Draws a chart as a PNG among the results; no browser and no display are needed. */
export async function plot(
  name: string,
  configuration: ChartConfiguration,
): Promise<void> {
  const canvas = createCanvas(WIDTH, HEIGHT);
  const background = {
    id: 'background',
    beforeDraw: ({ ctx }: Chart) => {
      ctx.fillStyle = 'white';
      ctx.fillRect(0, 0, WIDTH, HEIGHT);
    },
  };
  const chart = new Chart(canvas, {
    ...configuration,
    plugins: [...(configuration.plugins ?? []), background],
    options: {
      ...configuration.options,
      animation: false,
      responsive: false,
      devicePixelRatio: 1,
    },
  });
  await mkdir(RESULTS, { recursive: true });
  await writeFile(join(RESULTS, name), canvas.toBuffer('image/png'));
  chart.destroy();
}
