/* Client addresses as subjects of limits (S225). */
#ifndef MOLTIS_WS_PEER_H
#define MOLTIS_WS_PEER_H

#define WS_PEER_KEY_BYTES 46

/*
 * The subject that PEER is counted under: an IPv4 address as it is (also in
 * its IPv6-mapped form), an IPv6 address by its /64, because a single customer
 * has that many; anything else "unknown".
 */
void ws_peer_key(const char *peer, char ret_key[WS_PEER_KEY_BYTES]);

#endif
