#include "CCurl.h"

CURLcode ccurl_global_init(void) { return curl_global_init(CURL_GLOBAL_ALL); }

CURLcode ccurl_set_long(CURL *easy, CURLoption option, long value) {
  return curl_easy_setopt(easy, option, value);
}

CURLcode ccurl_set_text(CURL *easy, CURLoption option, const char *value) {
  return curl_easy_setopt(easy, option, value);
}

CURLcode ccurl_set_pointer(CURL *easy, CURLoption option, void *value) {
  return curl_easy_setopt(easy, option, value);
}

CURLcode ccurl_set_body(CURL *easy, const void *bytes, curl_off_t count) {
  CURLcode code = curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE, count);
  if (code != CURLE_OK) return code;
  return curl_easy_setopt(easy, CURLOPT_POSTFIELDS, (const char *)bytes);
}

CURLcode ccurl_set_body_sink(CURL *easy, ccurl_sink sink, void *context) {
  CURLcode code = curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, sink);
  if (code != CURLE_OK) return code;
  return curl_easy_setopt(easy, CURLOPT_WRITEDATA, context);
}

CURLcode ccurl_set_header_sink(CURL *easy, ccurl_sink sink, void *context) {
  CURLcode code = curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, sink);
  if (code != CURLE_OK) return code;
  return curl_easy_setopt(easy, CURLOPT_HEADERDATA, context);
}

long ccurl_status(CURL *easy) {
  long status = 0;
  return curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &status) == CURLE_OK ? status : 0;
}

long ccurl_connect_status(CURL *easy) {
  long status = 0;
  return curl_easy_getinfo(easy, CURLINFO_HTTP_CONNECTCODE, &status) == CURLE_OK ? status : 0;
}

long ccurl_proxy_error(CURL *easy) {
  long error = 0;
  return curl_easy_getinfo(easy, CURLINFO_PROXY_ERROR, &error) == CURLE_OK ? error : 0;
}

curl_off_t ccurl_pretransfer_us(CURL *easy) {
  curl_off_t time = 0;
  return curl_easy_getinfo(easy, CURLINFO_PRETRANSFER_TIME_T, &time) == CURLE_OK ? time : 0;
}

int ccurl_finished(CURLM *multi, CURLcode *code) {
  int left = 0;
  CURLMsg *message;
  while ((message = curl_multi_info_read(multi, &left)) != NULL) {
    if (message->msg == CURLMSG_DONE) {
      *code = message->data.result;
      return 1;
    }
  }
  return 0;
}
