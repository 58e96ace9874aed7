package ondol.backend.cuda;

/**
 * The groups of a launch in rows, because a device has fewer than 2^31 in one. They are counted through all rows; the last row may
 * have more than there are, and kernels leave those.
 *
 * @param width groups in a row
 * @param height rows
 */
record Grid(int width, int height) {
    /**
     * As few rows as a device can do with, and of one length as nearly as can be.
     *
     * @param groups how many groups, at least one
     * @param widest the most in a row
     * @param highest the most rows
     * @throws IllegalArgumentException if there are too many groups
     */
    static Grid of(long groups, int widest, int highest) {
        long height = Math.ceilDiv(groups, widest);
        if (height > highest) {
            throw new IllegalArgumentException("a kernel of " + groups + " groups of work items, and the device takes "
                    + highest + " times " + widest + ": use smaller tensors");
        }
        return new Grid(Math.toIntExact(Math.ceilDiv(groups, height)), Math.toIntExact(height));
    }
}
