// SPDX-License-Identifier: Apache-2.0
// What the contract tester takes from Node 20, for Debian's Node 18.
import { File } from "node:buffer";

globalThis.File ??= File;
String.prototype.isWellFormed ??= function () {
  return this.toWellFormed() === String(this);
};
String.prototype.toWellFormed ??= function () {
  return String(this).replace(/\p{Surrogate}/gu, "\ufffd");
};
