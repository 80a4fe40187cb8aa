/* Client addresses as subjects of rate limits (S225). */
#ifndef MOLTIS_HTTP_PEER_H
#define MOLTIS_HTTP_PEER_H

#define HTTP_PEER_TEXT 64

/* ADDR is REMOTE_ADDR (NULL allowed).  Writes the IPv4 address, the /64 of an
 * IPv6 address ("2001:db8:1:2::/64"), the IPv4 address inside a mapped one,
 * or "unknown". */
void http_peer_subject(const char *addr, char out[HTTP_PEER_TEXT]);

#endif
