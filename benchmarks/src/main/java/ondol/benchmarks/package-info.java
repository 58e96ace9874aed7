/** JMH benchmarks of Ondol's backends, beside each other and beside what a program would use instead. */
@NullMarked
package ondol.benchmarks;

import org.jspecify.annotations.NullMarked;
