package ondol.distributed;

import java.net.InetAddress;
import java.net.InetSocketAddress;

/** Addresses as text, {@code host:port}, with brackets around IPv6 hosts. */
final class Addresses {
    private Addresses() {}

    static String text(InetSocketAddress address) {
        InetAddress resolved = address.getAddress();
        String host = resolved == null ? address.getHostString() : resolved.getHostAddress();
        return (host.indexOf(':') < 0 ? host : '[' + host + ']') + ':' + address.getPort();
    }

    /**
     * The address of a text.
     *
     * @throws IllegalArgumentException if it is none
     */
    static InetSocketAddress parse(String text) {
        int colon = text.lastIndexOf(':');
        String host = colon < 0 ? "" : text.substring(0, colon);
        if (host.startsWith("[") && host.endsWith("]")) {
            host = host.substring(1, host.length() - 1);
        }
        try {
            if (!host.isEmpty()) {
                return new InetSocketAddress(host, Integer.parseInt(text.substring(colon + 1)));
            }
        } catch (IllegalArgumentException e) { // no number, or none of a port
            throw new IllegalArgumentException("'" + text + "' is no address; write host:port", e);
        }
        throw new IllegalArgumentException("'" + text + "' is no address; write host:port");
    }
}
