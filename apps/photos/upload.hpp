// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <string>
#include <string_view>

#include "actors/handler.hpp"
#include "messages/errors.hpp"

namespace photos {

/// Edge of the square that the thumbnail of an upload fits into, in pixels.
inline constexpr int preview_edge = 320;

/// The largest picture that is decoded. A few bytes may claim to be a picture that fills all
/// memory.
inline constexpr int megapixels_max = 24;

/// A picture that came through the HTTP interface, inside of a record.
struct upload {
  std::string id; ///< of its record, and of the record in the collection `photos` that tells of it
  std::string picture; ///< its bytes, in base64
};

/// Reads a job's payload: what the hook of the collection `uploads` makes of a record.
/// `invalid_argument` when it is none.
troupe::result<upload> read_upload(std::string_view payload);

/// What is shown of a picture.
struct preview {
  std::string jpeg; ///< its thumbnail
  int width = 0;    ///< of the picture, as it is to be seen
  int height = 0;
};

/// Makes the thumbnail of a JPEG, PNG, WebP, GIF or TIFF. Throws `unreadable_picture`, and then has
/// not decoded what is no such picture or larger than `megapixels_max`.
preview make_preview(std::string_view picture);

/// The handler `upload`. In the same step that ends the job, the photo's record gets the thumbnail,
/// and its state becomes "ready"; or "failed", if the upload is no picture, and the record says
/// why.
troupe::outcome run_upload_job(troupe::job_context& job);

} // namespace photos
