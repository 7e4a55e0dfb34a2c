/* The seven tracks, as everywhere in the product. */

export const TRACKS = ["floor", "ar", "zh", "en", "fr", "ru", "es"];
