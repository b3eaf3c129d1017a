#pragma once

#include <curl/curl.h>

// curl_easy_setopt and curl_easy_getinfo are variadic, which Swift cannot call; these are the typed
// forms of them that are used. All give CURLE_OK or libcurl's code.

// Once in a process, before all else.
CURLcode ccurl_global_init(void);

CURLcode ccurl_set_long(CURL *easy, CURLoption option, long value);
CURLcode ccurl_set_text(CURL *easy, CURLoption option, const char *value);
CURLcode ccurl_set_pointer(CURL *easy, CURLoption option, void *value);

// The body of a POST, which must outlive the transfer; libcurl does not copy it.
CURLcode ccurl_set_body(CURL *easy, const void *bytes, curl_off_t count);

typedef size_t (*ccurl_sink)(char *bytes, size_t size, size_t count, void *context);
// Called with pieces of the body, and with each header line.
CURLcode ccurl_set_body_sink(CURL *easy, ccurl_sink sink, void *context);
CURLcode ccurl_set_header_sink(CURL *easy, ccurl_sink sink, void *context);

// The status of the answer, 0 when there is none.
long ccurl_status(CURL *easy);
// A proxy's answer to CONNECT, 0 when there is none.
long ccurl_connect_status(CURL *easy);
// Why a SOCKS proxy refused: one of CURLproxycode.
long ccurl_proxy_error(CURL *easy);
// Microseconds until the first byte of the request could go out; 0 when it never could.
curl_off_t ccurl_pretransfer_us(CURL *easy);

// The message that ends the transfer of a multi handle with one easy handle: 1 and its code in
// `code`, or 0 while it runs.
int ccurl_finished(CURLM *multi, CURLcode *code);
