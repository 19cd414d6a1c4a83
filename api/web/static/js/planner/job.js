// A job of the service, asked about until it is over.

import { ask } from '../ask.js';

const EVERY_MS = 700;
const DONE = new Set(['done', 'failed', 'cancelled']);

// Gives the job as it ended; `onProgress` hears of every look at it.
export async function followJob(jobId, onProgress) {
  const job = await ask(`/v1/jobs/${jobId}`);
  if (DONE.has(job.state)) return job;
  onProgress(job);
  await new Promise((resolve) => { setTimeout(resolve, EVERY_MS); });
  return followJob(jobId, onProgress);
}

export const cancelJob = (jobId) => ask(`/v1/jobs/${jobId}:cancel`, {}, { method: 'POST', body: {} }).catch(() => undefined);
