package ondol.distributed;

import java.io.IOException;
import java.nio.channels.SocketChannel;

/** A connection of somebody who knows the secret, and waits for an answer. */
record Arrival(SocketChannel channel, Handshake handshake, Handshake.Who who) {
    void welcome(String text) throws IOException {
        handshake.answer(true, text);
    }

    /** Says why not, as far as it can still be heard, and ends the connection. */
    void refuse(String why) {
        try (channel) {
            handshake.answer(false, why);
        } catch (IOException e) {
            // It is gone already: there is nobody to tell.
        }
    }
}
