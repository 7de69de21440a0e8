/** The program of the threads that read files (formats/readers.node.ts). */
import { serveJobs } from '../formats/reader-jobs.node.ts';

serveJobs();
