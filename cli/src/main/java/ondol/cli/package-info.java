/** The {@code ondol} command. {@link ondol.cli.Main} is the way in; {@link ondol.cli.Lecture} is the lecture itself. */
@NullMarked
package ondol.cli;

import org.jspecify.annotations.NullMarked;
