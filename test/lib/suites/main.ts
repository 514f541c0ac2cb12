/** Fetches the servers that the tests know, and says a line of each. */
import { fetchAll, isThere } from './programs.ts';

for (const found of await fetchAll()) {
  if (!isThere(found)) console.log(`  not here: ${found.title}: ${found.missing}`);
  else if (found.isNewer)
    console.log(`  ${found.title} is newer than ${found.recorded}, which the tests were written for`);
  else console.log(`  ${found.title}`);
}
