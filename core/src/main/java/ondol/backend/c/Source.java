package ondol.backend.c;

/**
 * A kernel as C, without the prelude of a {@link Dialect}. Equal texts are equal sources.
 *
 * <p>Its function takes pointers to the buffers, in the order of {@link Call#buffers}, and then one struct by value with
 * everything else.
 *
 * @param name the function's name
 * @param text the struct and the function
 * @param groupSize how many work items make a group: the launch must use exactly this size
 * @param table whether the text uses the powers of the dropout generator, a table in the prelude
 */
public record Source(String name, String text, int groupSize, boolean table) {
    /**
     * {@return the whole text for a compiler}
     *
     * @param dialect the language
     */
    public String in(Dialect dialect) {
        return dialect.prelude() + (table ? KeepTable.TEXT : "") + "\n" + text;
    }
}
