// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <string>
#include <string_view>

#include "gateway/http.hpp"

/// How files are handed to browsers.
namespace troupe {

/// The head of an answer with a file of this type: a browser that shows it runs no script and loads
/// nothing but what this server sends, and lets no other page frame it.
/// `images`: where else images may come from, "" or "data: blob:".
http_response page_response(int status, std::string_view type, std::string_view cache_control,
                            std::string_view images = {});

/// Makes the answer carry the bytes, whose strong tag is `tag`; or 304, if the caller has them.
http_response with_file(http_response x, const http_request& request, std::string_view tag,
                        std::string_view bytes);

} // namespace troupe
