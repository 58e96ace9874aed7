package ondol.train;

/** Something that looks on, or takes part, while a {@link Trainer} works; each method does nothing by default. */
public interface Callback {
    /**
     * Before the first epoch of a {@link Trainer#fit}.
     *
     * @param trainer the trainer that calls
     */
    default void fitBegins(Trainer trainer) {}

    /**
     * After each step of the optimizer.
     *
     * @param trainer the trainer that calls
     */
    default void stepEnds(Trainer trainer) {}

    /**
     * After each epoch, when it is in the history and its checkpoint is saved.
     *
     * @param trainer the trainer that calls
     * @param epoch the epoch and its scores
     */
    default void epochEnds(Trainer trainer, History.Epoch epoch) {}

    /**
     * After the last epoch.
     *
     * @param trainer the trainer that calls
     */
    default void fitEnds(Trainer trainer) {}
}
