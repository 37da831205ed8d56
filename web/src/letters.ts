// SPDX-License-Identifier: Apache-2.0
import { takes_dead_letters, type Queue } from "./types";

export const letter_queues = (queues: Queue[]): Queue[] => queues.filter((x) => takes_dead_letters(x, queues));

/** The age of a queue's oldest ready job in milliseconds; NaN: it has none. */
export const age_of = (queue: Queue): number => (queue.ready > 0 ? queue.oldest_ready_ms : NaN);
