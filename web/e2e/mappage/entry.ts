import { Map as MapLibre } from 'maplibre-gl';
import 'maplibre-gl/dist/maplibre-gl.css';
import { MapController } from '../../src/map/controller'; // which says where MapLibre's worker is

const parts = { MapController, MapLibre };
export type Parts = typeof parts;
Object.assign(window, { parts });
