import { plot } from '../../plot.ts';
import type { Growth } from './point.ts';

/** Throughput on the left axis, latency on the right one, over sizes in equal steps. */
export async function plotGrowth(growth: Growth): Promise<void> {
  const { name, points } = growth;
  const throughput = {
    label: 'records a second',
    data: points.map((point) => point.throughput),
    borderColor: '#2a7f62',
    yAxisID: 'throughput',
  };
  const latency = {
    label: 'latency, µs',
    data: points.map((point) => point.latency * 1e6),
    borderColor: '#b5442c',
    borderDash: [6, 4],
    yAxisID: 'latency',
  };
  const labels = points.map(({ size }) => String(size));
  await plot(`growth-${name}.png`, {
    type: 'line',
    data: { labels, datasets: [throughput, latency] },
    options: { layout: { padding: 12 }, scales: scalesOf(growth) },
  });
}

function scalesOf({ sizes }: Growth) {
  return {
    x: { title: { display: true, text: sizes } },
    throughput: {
      position: 'left',
      beginAtZero: true,
      title: { display: true, text: 'records a second' },
    },
    latency: {
      position: 'right',
      beginAtZero: true,
      grid: { drawOnChartArea: false },
      title: { display: true, text: 'latency, µs' },
    },
  } as const;
}
